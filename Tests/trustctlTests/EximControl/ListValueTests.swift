import Testing
import TrustCore

@testable import EximControl

@Suite("ListValue")
struct ListValueTests {
    @Test(
        "a value is read as the set that Exim takes it for",
        arguments: [
            ("", []), ("  ", []), (" : ", []), (Some.a, [Some.a]), ("\(Some.a) : \(Some.b)", [Some.a, Some.b]),
            ("\(Some.a):\(Some.b):", [Some.a, Some.b]), (": \t\(Some.a) : : \(Some.a)", [Some.a]),
        ])
    func fingerprints(_ value: String, _ hashes: [String]) throws {
        #expect(Set(try ListValue(value).fingerprints.map(\.description)) == Set(hashes))
    }

    @Test(
        "a value that is not a plain list is refused",
        arguments: [
            "\(Some.a)::\(Some.b)", "\(Some.a) \(Some.b)", Some.a.lowercased(), String(Some.a.dropLast()), "${lookup{x}cdb{y}}",
            "<; \(Some.a)", Some.poison, "\(Some.a) : \(Some.nothing)", "!\(Some.a)", "+relay", "\(Some.a):\u{301} \(Some.b)", "\u{1B}[2J",
        ])
    func noList(_ value: String) throws {
        let error = #expect(throws: EximError.self) { try ListValue(value).fingerprints }
        guard case .notInEffect(let words) = try #require(error) else { throw try #require(error) }
        #expect(isPlain(words))
    }

    @Test(
        "each item that Exim does not take for a fingerprint is a fault of its kind",
        arguments: [
            (Some.a, []), ("", []), ("${lookup{x}cdb{/y}}", []), (Some.a.lowercased(), [.misspelt(right: Some.a)]),
            (Some.poison.lowercased(), [.noCertificate(digits: Some.poison)]), ("\(Some.a) : 12", [.notAFingerprint]),
        ] as [(String, [ListValue.Fault.Kind])])
    func faults(_ value: String, _ kinds: [ListValue.Fault.Kind]) { #expect(ListValue(value).faults.map(\.kind) == kinds) }

    @Test("an override replaces the list of a rehearsal, and a second one replaces the first")
    func override() throws {
        let one = Rehearsal().trusting(ListForm.macro.override([Some.a, Some.b]))
        #expect(one.macros.map(\.value) == ["\(Some.a) : \(Some.b)"])
        #expect(one.trusting(ListForm.macro.override([])).macros.map(\.value) == [""])
    }
}
