import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

/// What our CA takes as a request, made by openssl(1).
@Suite("RequestedKey")
struct RequestedKeyTests {
    private func openssl(_ words: String...) throws {
        let outcome = try ProgramRun.run("openssl", words)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }

    private func make(_ folder: SceneFolder, _ algorithm: [String], more: [String] = []) throws -> [UInt8] {
        let made = try ProgramRun.run("openssl", ["genpkey", "-out", folder("k"), "-algorithm"] + algorithm)
        guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        try openssl(["req", "-new", "-key", folder("k"), "-subj", "/CN=alice", "-out", folder("r")] + more)
        return Array(try folder.read("r").utf8)
    }

    private func openssl(_ words: [String]) throws {
        let outcome = try ProgramRun.run("openssl", words)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }

    private static func ec(_ curve: String, _ more: String...) -> [String] {
        ["EC", "-pkeyopt", "ec_paramgen_curve:\(curve)"] + more.flatMap { ["-pkeyopt", $0] }
    }

    private static let rsa = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]

    @Test(
        "keys that every relay takes are taken, from PEM and from DER",
        arguments: [ec("P-256"), ec("P-384"), ec("P-521"), ["ED25519"], ["ED448"], rsa])
    func taken(algorithm: [String]) throws {
        try inFolder { folder in
            let pem = try make(folder, algorithm)
            let key = try RequestedKey(request: pem)
            try openssl("req", "-in", folder("r"), "-outform", "DER", "-out", folder("r.der"))
            let der = try [UInt8](File.bytes(folder("r.der")))
            #expect(try RequestedKey(request: der).spkiSHA256 == key.spkiSHA256)
            try openssl("req", "-x509", "-in", folder("r"), "-key", folder("k"), "-out", folder("c"))
            let certificate = try Certificate.read(file: Array(folder.read("c").utf8), name: "c")
            #expect(try RequestedKey(of: certificate).spkiSHA256 == key.spkiSHA256)
            #expect(certificate.spkiSHA256 == key.spkiSHA256)
        }
    }

    @Test(
        "the attack: a key that not every relay takes, or a weak one, is refused in a request and in a certificate",
        arguments: [
            ec("P-224"), ec("brainpoolP256r1"), ec("secp256k1"), ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
        ])
    func notTaken(algorithm: [String]) throws {
        try inFolder { folder in
            let request = try make(folder, algorithm)
            #expect(throws: RequestError.self) { try RequestedKey(request: request) }
            try openssl("req", "-x509", "-in", folder("r"), "-key", folder("k"), "-out", folder("c"))
            let certificate = try Certificate.read(file: Array(folder.read("c").utf8), name: "c")
            let error = #expect(throws: RequestError.self) { try RequestedKey(of: certificate) }
            #expect(error == .keyNotTaken(certificate.key))
        }
    }

    @Test(
        "the attack: a revoked key comes again in another spelling, with another digest; it is refused",
        arguments: [["-conv_form", "compressed"], ["-param_enc", "explicit"]])
    func spelling(form: [String]) throws {
        try inFolder { folder in
            _ = try make(folder, Self.ec("P-256"))
            try openssl(["ec", "-in", folder("k"), "-out", folder("k2")] + form)
            try openssl("req", "-new", "-key", folder("k2"), "-subj", "/CN=alice", "-out", folder("r2"))
            let written = try ProgramRun.run("openssl", ["req", "-in", folder("r2"), "-noout", "-pubkey"]).output
            let usual = try ProgramRun.run("openssl", ["req", "-in", folder("r"), "-noout", "-pubkey"]).output
            #expect(written != usual)
            #expect(throws: RequestError.self) { try RequestedKey(request: Array(folder.read("r2").utf8)) }
        }
    }

    @Test("the attack: a request with somebody else's key, or altered after it was signed, is refused")
    func foreign() throws {
        try inFolder { folder in
            _ = try make(folder, Self.ec("P-256"))
            try openssl("req", "-in", folder("r"), "-outform", "DER", "-out", folder("r.der"))
            var der = try File.bytes(folder("r.der"))
            #expect(throws: Never.self) { try RequestedKey(request: der) }
            let name = Array("alice".utf8)
            let place = try #require((0..<der.count - 5).first { Array(der[$0..<$0 + 5]) == name })
            der[place] = UInt8(ascii: "m")
            let error = #expect(throws: RequestError.self) { try RequestedKey(request: der) }
            #expect(error == .foreignKey)
        }
    }

    @Test("the attack: a request for CA:TRUE is refused; one for CA:FALSE is not")
    func authority() throws {
        try inFolder { folder in
            let asking = try make(folder, Self.ec("P-256"), more: ["-addext", "basicConstraints=critical,CA:TRUE"])
            let error = #expect(throws: RequestError.self) { try RequestedKey(request: asking) }
            #expect(error == .authority)
            let modest = try make(folder, Self.ec("P-256"), more: ["-addext", "basicConstraints=CA:FALSE"])
            #expect(throws: Never.self) { try RequestedKey(request: modest) }
        }
    }

    @Test("what is not one request is refused, and a private key in the file is told")
    func files() throws {
        try inFolder { folder in
            let request = try make(folder, Self.ec("P-256"))
            let key = Array(try folder.read("k").utf8)
            try openssl("req", "-x509", "-in", folder("r"), "-key", folder("k"), "-out", folder("c"))
            let certificate = Array(try folder.read("c").utf8)
            for (bytes, fault) in [
                (request + request, RequestError.notOne), (request + certificate, .certificate), (certificate, .certificate),
                (request + key, .privateKey), (key, .privateKey), ([], .notOne), (Array("words\n".utf8), .notOne),
                (Array(request.dropLast(40)), .malformed), ([0x30, 0x03, 0x02, 0x01, 0x00], .malformed),
                ([UInt8](repeating: 0x0A, count: Certificate.maximumFileSize + 1), .tooLarge),
            ] {
                let error = #expect(throws: RequestError.self) { try RequestedKey(request: bytes) }
                #expect(error == fault)
            }
            try openssl("req", "-in", folder("r"), "-outform", "DER", "-out", folder("r.der"))
            let der = try File.bytes(folder("r.der"))
            #expect(throws: RequestError.malformed) { try RequestedKey(request: der + [0]) }
        }
    }
}

extension File {
    fileprivate static func bytes(_ path: String) throws -> [UInt8] {
        let text = try ProgramRun.run("od", ["-An", "-v", "-tx1", path]).output
        return text.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
    }
}
