import Testing

@testable import Certificates

/// OpenSSL counts up from 0 and stops at the first missing number.
@Suite("Hash links")
struct HashLinksTests {
    static let hash = "9d04f354"

    /// Applies the steps one by one; after each, all of `always` must be found.
    static func apply(_ steps: [HashLinks.Step], to names: [String: String?], always: [String]) -> [String: String?] {
        var names = names
        for step in steps {
            switch step {
            case .link(let name, let target): names[name] = .some(target)
            case .remove(let name): names[name] = nil
            }
            #expect(Set(always).isSubset(of: found(in: names)), "\(step)")
        }
        return names
    }

    static func found(in names: [String: String?]) -> Set<String> {
        var found: Set<String> = []
        var number = 0
        while let entry = names["\(hash).\(number)"] {
            // A link to a link, or a file that itself has the name.
            var target = entry ?? "\(hash).\(number)"
            while let next = names[target] ?? nil { target = next }
            found.insert(target)
            number += 1
        }
        return found
    }

    @Test("adding takes the first free number, and nothing if the link exists") func adding() {
        #expect(HashLinks.adding("a.pem", hash: Self.hash, to: [:]) == [.link(name: "9d04f354.0", target: "a.pem")])
        let two: [String: String?] = [
            "9d04f354.0": "a.pem", "9d04f354.1": "b.pem", "9d04f354.x": "c", "9d04f354.01": "c", "00000000.5": "d",
        ]
        #expect(HashLinks.adding("c.pem", hash: Self.hash, to: two) == [.link(name: "9d04f354.2", target: "c.pem")])
        #expect(HashLinks.adding("b.pem", hash: Self.hash, to: two).isEmpty)
        #expect(
            HashLinks.adding("c.pem", hash: Self.hash, to: ["9d04f354.0": "a", "9d04f354.2": "b"])
                == [.link(name: "9d04f354.1", target: "c.pem")])
    }

    @Test("removing one link keeps all others found after each step, also behind a plain file") func removing() {
        for count in 1...5 {
            for gone in 0..<count {
                for file in [nil] + (0..<count).map(Optional.some) where file != gone {
                    var names: [String: String?] = [:]
                    for number in 0..<count { names["\(Self.hash).\(number)"] = .some(number == file ? nil : "\(number).pem") }
                    let others = Self.found(in: names).subtracting(["\(gone).pem"])
                    let steps = HashLinks.removing("\(gone).pem", hash: Self.hash, from: names)
                    let left = Self.apply(steps, to: names, always: Array(others))
                    #expect(Self.found(in: left) == others, "\(gone) of \(count), file \(String(describing: file))")
                    #expect(!left.values.contains("\(gone).pem"))
                }
            }
        }
    }

    @Test("remove deletes all links to a certificate") func several() {
        let names: [String: String?] = ["9d04f354.0": "a.pem", "9d04f354.1": "b.pem", "9d04f354.2": "a.pem", "9d04f354.3": "c.pem"]
        let left = Self.apply(HashLinks.removing("a.pem", hash: Self.hash, from: names), to: names, always: ["b.pem", "c.pem"])
        #expect(Self.found(in: left) == ["b.pem", "c.pem"] && left.count == 2)
    }

    @Test("add then remove restores the directory") func thereAndBack() {
        let names: [String: String?] = ["9d04f354.0": "a.pem", "9d04f354.1": "b.pem"]
        let with = Self.apply(HashLinks.adding("c.pem", hash: Self.hash, to: names), to: names, always: ["a.pem", "b.pem"])
        #expect(Self.apply(HashLinks.removing("c.pem", hash: Self.hash, from: with), to: with, always: ["a.pem", "b.pem"]) == names)
    }

    @Test("adding repairs gaps, broken and double links; what was found stays found at each step", arguments: 0..<200)
    func repairs(round: Int) {
        var random = Seeded(round)
        let files = ["a.pem", "b.pem", "c.pem", "d.pem"]
        var names: [String: String?] = ["nowhere": nil]
        names["nowhere"] = .none
        for file in files { names[file] = .some(nil) }
        var broken: Set<String> = []
        for number in 0..<6 {
            let name = "\(Self.hash).\(number)"
            switch UInt8.random(in: 0..<8, using: &random) {
            case 0, 1: continue
            case 2:
                names[name] = .some("nowhere")
                broken.insert(name)
            case 3: names[name] = .some(nil)
            default: names[name] = .some(files.randomElement(using: &random))
            }
        }
        let living = Set(names.filter { $0.key.hasPrefix(Self.hash) && !broken.contains($0.key) }.map { $0.value ?? $0.key })
        let steps = HashLinks.adding("a.pem", hash: Self.hash, to: names, broken: broken)
        let before = Self.found(in: names, broken)
        var now = names
        for step in steps {
            switch step {
            case .link(let name, let target):
                // A file that has such a name itself is not ours.
                #expect(names[name] == nil || names[name] != .some(nil), "\(step)")
                now[name] = .some(target)
                broken.remove(name)
            case .remove(let name):
                #expect(names[name] != .some(nil), "\(step)")
                now[name] = nil
            }
            #expect(before.isSubset(of: Self.found(in: now, broken)), "\(step) of \(steps) for \(names)")
        }
        #expect(Self.found(in: now, broken) == living.union(["a.pem"]), "\(names) → \(now)")
    }

    private static func found(in names: [String: String?], _ broken: Set<String>) -> Set<String> {
        found(in: names.filter { !broken.contains($0.key) })
    }
}
