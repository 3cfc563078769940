import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host
@testable import Trust

@Suite("FingerprintReference")
struct FingerprintReferenceTests {
    private static let x = "0123456789ABCDEF" + String(repeating: "0", count: 48)
    private static let y = "0123456789ABCDEF" + String(repeating: "1", count: 48)
    private static let z = "FEDCBA9876543210" + String(repeating: "2", count: 48)
    private static let w = String(repeating: "AB", count: 32)

    private func register(_ folder: SceneFolder) throws -> Register {
        try folder.write(
            "list",
            """
            RELAY_FROM_CERTS = \\
            # alice's laptop, approved 2026-11-22 by root
            \(Self.x) : \\
            # twins
            \(Self.y) : \\
            # twins
            \(Self.z) : \\
            # ABABABABABABABAB
            \(Some.c)

            """)
        try folder.makeFolder("ledger")
        try folder.makeFolder("ledger/denied")
        try folder.write("ledger/denied/\(Self.w)", "")
        return try Register(Configuration.of(folder))
    }

    private func resolve(_ text: String) throws -> String {
        try inFolder { folder in try FingerprintReference.resolve(text, in: try register(folder)).description }
    }

    private func refusal(_ text: String) throws -> Failure {
        let failure = #expect(throws: Failure.self) { try resolve(text) }
        return try #require(failure)
    }

    private static func pairs(_ text: String, _ separator: String) -> String {
        stride(from: 0, to: text.count, by: 2).map { String(text.dropFirst($0).prefix(2)) }.joined(separator: separator)
    }

    private static func spellings(_ text: String) -> [String] {
        [
            text, text.lowercased(), pairs(text, ":"), pairs(text.lowercased(), ":"), pairs(text, " "),
            "sha256 Fingerprint=" + pairs(text, ":"),
            "SHA256 Fingerprint=" + text, "SHA256:" + text, "  \(text)\t", "SHA-256 Fingerprint=" + text,
        ]
    }

    @Test("a whole fingerprint is accepted in every usual spelling, known or not", arguments: [x, Some.b])
    func whole(_ digits: String) throws {
        for text in Self.spellings(digits) { #expect(try resolve(text) == digits, "\(text)") }
    }

    @Test("only one title before the digits is read over") func titles() throws {
        for text in ["SHA-256 Fingerprint=SHA256:", "SHA256:SHA256:"] { #expect(try refusal(text + Self.x).exit == .refused) }
    }

    @Test(
        "the digest of no certificate is refused in every spelling",
        arguments: spellings(Some.poison) + spellings(Some.nothing) + spellings(Some.word))
    func poison(_ text: String) throws {
        let failure = try refusal(text)
        #expect(failure.exit == .refused)
        #expect(failure.messages[0].contains("digest of no certificate"))
    }

    @Test("sixteen leading digits name an entry, fifteen do not") func beginnings() throws {
        #expect(try resolve("FEDCBA9876543210") == Self.z)
        #expect(try resolve("fedc:ba98:7654:3210:2") == Self.z)
        #expect(try resolve("0123456789ABCDEF1") == Self.y)
        #expect(try resolve(String(Self.z.dropLast())) == Self.z)
        let short = try refusal("FEDCBA987654321")
        #expect(short.exit == .refused)
        #expect(short.hint?.contains("at least 16 digits") ?? false)
        #expect(try refusal("FEDCBA98765432109").exit == .noSuchEntry)
        #expect(try refusal(String(Some.poison.prefix(20))).exit == .noSuchEntry)
    }

    @Test("an ambiguous name lists the candidates") func ambiguous() throws {
        for (text, candidates) in [
            ("0123456789abcdef", [Self.x, Self.y]), ("twins", [Self.y, Self.z]), ("ABABABABABABABAB", [Self.w, Some.c]),
        ] {
            let failure = try refusal(text)
            #expect(failure.exit == .refused)
            #expect(failure.messages.dropFirst().map { $0.trimmed } == candidates.map { $0[...] })
        }
    }

    @Test("an approved certificate's exact label names it") func labels() throws {
        #expect(try resolve("alice's laptop") == Self.x)
        for text in ["alice", "Alice's laptop", "alice's laptop ", "alice's laptop, approved 2026-11-22 by root", ""] {
            #expect(try refusal(text).exit == .noSuchEntry)
        }
    }

    @Test(
        "hostile text is refused, and not printed raw",
        arguments: [
            "\u{1B}[2J", String(repeating: "\u{202E}", count: 64), String(repeating: "G", count: 64), String(x + "0"), "../../etc/passwd\n",
        ])
    func hostile(_ text: String) throws {
        let failure = try refusal(text)
        #expect([.refused, .noSuchEntry].contains(failure.exit))
        #expect(isPlain(failure.messages.joined() + (failure.hint ?? "")))
    }
}

/// Whether a terminal shows the text unchanged.
func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
        scalar == "\n"
            || ![.control, .format, .lineSeparator, .paragraphSeparator, .privateUse].contains(scalar.properties.generalCategory)
    }
}

extension Configuration {
    /// A configuration with everything in one folder.
    static func of(_ folder: SceneFolder) -> Configuration {
        var configuration = Configuration()
        configuration.state = folder.path("state")
        configuration.list = folder.path("list")
        configuration.certificates = folder.path("certs")
        configuration.ledger = folder.path("ledger")
        return configuration
    }
}
