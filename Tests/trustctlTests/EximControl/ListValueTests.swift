import SystemPackage
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
        #expect(Set(try #require(ListValue(value).content.listed).map(\.description)) == Set(hashes))
    }

    private static let lookup = "${lookup{${sha256:$tls_in_peercert}}dsearch,cache=no_rd{/etc/trustd/approved}}"

    @Test(
        "the one lookup in a folder is recognised, with blanks where Exim skips them",
        arguments: [lookup, " ${lookup {${sha256:$tls_in_peercert}} dsearch,cache=no_rd\t{/etc/trustd/approved} } "])
    func folder(_ value: String) throws {
        #expect(try ListValue(value).content == .folder("/etc/trustd/approved"))
        #expect(ListValue(value).form == .folder("/etc/trustd/approved") && ListValue(value).faults.isEmpty)
        #expect(ListForm.folder("/etc/trustd/approved").emptyDefinition == "RELAY_FROM_CERTS = \(Self.lookup)")
    }

    @Test(
        "another lookup, a second item, or a folder that an expansion could change is refused",
        arguments: [
            lookup.replacing(",cache=no_rd", with: ""), lookup.replacing("dsearch", with: "lsearch"), "\(Some.a) : \(lookup)",
            "\(lookup) : \(Some.a)", lookup.replacing("/etc", with: "etc"), lookup.replacing("approved", with: "$x"),
            lookup.replacing("approved", with: "a b"), lookup.replacing("{/", with: "{ /"), lookup.replacing("{${sha", with: "{ ${sha"),
            lookup.replacing("approved}}", with: "approved}{yes}}"), lookup.replacing("sha256", with: "sha2"), String(lookup.dropLast()),
            lookup + "}", lookup.replacing("/approved", with: "/approved/"), lookup.replacing("/trustd", with: "//trustd"),
        ])
    func noFolder(_ value: String) throws {
        #expect(throws: EximError.self) { try ListValue(value).content }
    }

    @Test(
        "a value that is not a plain list is refused",
        arguments: [
            "\(Some.a)::\(Some.b)", "\(Some.a) \(Some.b)", Some.a.lowercased(), String(Some.a.dropLast()), "${lookup{x}cdb{y}}",
            "<; \(Some.a)", Some.poison, "\(Some.a) : \(Some.nothing)", "!\(Some.a)", "+relay", "\(Some.a):\u{301} \(Some.b)", "\u{1B}[2J",
        ])
    func noList(_ value: String) throws {
        let error = #expect(throws: EximError.self) { try ListValue(value).content }
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
        let one = Rehearsal().trusting(try ListForm.macro.override([Some.a, Some.b], in: "/"))
        #expect(one.macros.map(\.value) == ["\(Some.a) : \(Some.b)"])
        #expect(one.trusting(try ListForm.macro.override([], in: "/")).macros.map(\.value) == [""])
    }
}
