package import TrustCore

/// The links by which OpenSSL finds a certificate in a directory: `<subject hash>.0`, `.1`, … OpenSSL tries the numbers in turn and stops at
/// the first one that is missing (crypto/x509/by_dir.c, `get_cert_by_subject_ex`), so there must never be a gap before a link.
///
/// Not c_rehash, which passes file names to a shell (CVE-2022-1292).
package enum HashLinks {
    package enum Step: Equatable {
        case link(name: String, target: String)
        case remove(name: String)
    }

    /// The steps, in order, after which OpenSSL finds `target` by a link of `hash` among `names` (a folder's names with the targets of its
    /// links), and every other certificate that a link of `hash` leads to. What it finds before, it finds after each step. `broken` are links
    /// behind which it stops (`broken(_:_:_:)`).
    ///
    /// A file that itself has such a name is never replaced.
    package static func adding(
        _ target: String, hash: String, to names: [String: String?], broken: Set<String> = []
    ) -> [Step] {
        let all = numbers(of: hash, in: names)
        var live: [Link] = []
        for number in all where !broken.contains(name(hash, number)) {
            let link = (number, names[name(hash, number)] ?? nil)
            // One certificate needs one link; a file stays where it is.
            if let other = link.1, live.contains(where: { $0.target == other }) { continue }
            live.append(link)
        }
        var steps: [Step] = []
        if !live.contains(where: { $0.target == target }) {
            let place = (0...live.count).first { number in !live.contains { $0.number == number } } ?? live.count
            steps.append(.link(name: name(hash, place), target: target))
            live.insert((place, target), at: live.firstIndex { $0.number > place } ?? live.count)
        }
        let isMisplaced = live.enumerated().contains { place, link in link.target == nil && link.number != place }
        if isMisplaced, let last = live.last {
            // A file cannot move, so what stays free before it leads to ours.
            let taken = Set(live.map(\.number))
            return steps + (0..<last.number).filter { !taken.contains($0) }.map { .link(name: name(hash, $0), target: target) }
        }
        for (place, link) in live.enumerated() where link.number != place {
            guard let target = link.target else { continue }
            steps.append(.link(name: name(hash, place), target: target))
        }
        let left = all.filter { $0 >= live.count && names[name(hash, $0)] ?? nil != nil }
        return steps + left.reversed().map { .remove(name: name(hash, $0)) }
    }

    /// The links of `hash` behind which OpenSSL looks no further, because nothing is there that it can read: it reads certificates in PEM
    /// form only. `contents` gives what is behind a name; nil: nothing that can be read.
    package static func broken(
        _ hash: String, in names: [String: String?], contents: (String) throws(SystemError) -> [UInt8]?
    ) throws(SystemError) -> Set<String> {
        var broken: Set<String> = []
        for number in numbers(of: hash, in: names) {
            let name = name(hash, number)
            guard names[name] ?? nil != nil else { continue }
            let bytes = try contents(name)
            if bytes.map(PEM.holdsCertificate) != true { broken.insert(name) }
        }
        return broken
    }

    /// The steps after which no link of `hash` leads to `target`. The last link is made at the free number before it is removed from its own,
    /// so that OpenSSL finds every other certificate at any moment.
    package static func removing(_ target: String, hash: String, from names: [String: String?]) -> [Step] {
        var (left, steps) = tidy(hash, names)
        while let index = left.lastIndex(where: { $0.target == target }) {
            let gap = left.remove(at: index).number
            guard let last = left.last, last.number > gap else {
                steps.append(.remove(name: name(hash, gap)))
                continue
            }
            // A file that is not a link cannot move; a link to it closes the gap as well.
            steps.append(.link(name: name(hash, gap), target: last.target ?? name(hash, last.number)))
            left.insert((gap, last.target ?? name(hash, last.number)), at: index)
            if last.target != nil {
                steps.append(.remove(name: name(hash, last.number)))
                left.removeLast()
            }
        }
        return steps
    }

    private typealias Link = (number: Int, target: String?)

    /// The links of `hash` in order, without duplicates at the end that an interrupted move left behind.
    private static func tidy(_ hash: String, _ names: [String: String?]) -> ([Link], [Step]) {
        var links: [Link] = numbers(of: hash, in: names).map { ($0, names[name(hash, $0)] ?? nil) }
        var steps: [Step] = []
        while let last = links.last, let target = last.target, links.dropLast().contains(where: { $0.target == target }) {
            steps.append(.remove(name: name(hash, last.number)))
            links.removeLast()
        }
        return (links, steps)
    }

    static func name(_ hash: String, _ number: Int) -> String { "\(hash).\(number)" }

    /// The hash in the name of a link; nil for other names.
    static func hash(of name: String) -> Substring? {
        guard let dot = name.lastIndex(of: "."), let number = Int(name[name.index(after: dot)...]), name == "\(name[..<dot]).\(number)"
        else {
            return nil
        }
        return name[..<dot]
    }

    /// The numbers of the names that begin with `hash`, in order.
    static func numbers(of hash: String, in names: [String: String?]) -> [Int] {
        names.keys.compactMap { name in
            guard name.hasPrefix(hash + "."), let number = Int(name.dropFirst(hash.count + 1)), name == "\(hash).\(number)" else {
                return nil
            }
            return number
        }.sorted()
    }
}
