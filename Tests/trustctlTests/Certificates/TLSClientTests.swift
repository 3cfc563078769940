import Glibc
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import Host

/// Our TLS client against OpenSSL's server (`openssl s_server -rev`, which answers each line reversed).
@Suite("TLSClient")
struct TLSClientTests {
    private func withServer(_ options: [String], _ body: (CInt, Certificate) throws -> Void) throws {
        try inFolder { folder in
            let key = try PrivateKey()
            let certificate = try CertificateDraft(.server, commonName: "server.example", days: 1).selfSigned(with: key)
            try folder.write("s.pem", certificate.pemText)
            try folder.write("s.key", bytes: try key.pem())
            let port = try LoopbackPort.free()
            let server = try ProgramRun(
                starting: "openssl",
                ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder("s.pem"), "-key", folder("s.key"), "-rev"] + options)
            defer {
                server.send(SIGKILL)
                _ = try? server.wait()
            }
            var descriptor: CInt = -1
            try waitUntil("the server listens: \(server.errorsSoFar)") {
                descriptor = Self.connect(port)
                return descriptor >= 0
            }
            defer { close(descriptor) }
            try body(descriptor, certificate)
        }
    }

    private static func connect(_ port: Int) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if LoopbackPort.at(port, { Glibc.connect(descriptor, $0, $1) }) == 0 { return descriptor }
        close(descriptor)
        return -1
    }

    private var soon: Double { Monotonic.now + 60 }

    @Test(
        "text arrives, and both sides' certificates are known",
        arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")], [true, false])
    func conversation(version: (option: String, name: String), asks: Bool) throws {
        try withServer([version.option] + (asks ? ["-verify", "1"] : [])) { descriptor, certificate in
            let key = try PrivateKey()
            let own = try CertificateDraft(.client, commonName: "client", days: 1).selfSigned(with: key)
            let client = try TLSClient(over: descriptor, showing: Identity(certificate: own, key: key), name: "server.example")
            try client.connect(until: soon)
            #expect(client.version == version.name)
            #expect(!client.cipher.isEmpty)
            #expect(client.askedForCertificate == asks)
            #expect(client.peerCertificate == certificate.der)
            let long = String(repeating: "ab", count: 2_000)
            try client.write(Array("\(long)\n".utf8), until: soon)
            var heard: [UInt8] = []
            while heard.last != UInt8(ascii: "\n") { heard += try client.read(until: soon) }
            #expect(String(decoding: heard, as: UTF8.self) == "\(String(long.reversed()))\n")
            client.close(until: soon)
        }
    }

    @Test("a server that requires a certificate ends the session with an alert if it gets none", arguments: ["-tls1_2", "-tls1_3"])
    func required(version: String) throws {
        try withServer([version, "-Verify", "1"]) { descriptor, _ in
            let client = try TLSClient(over: descriptor)
            let error = #expect(throws: TLSError.self) {
                try client.connect(until: soon)
                _ = try client.read(until: soon)
            }
            guard case .failed(let words) = try #require(error) else { throw try #require(error) }
            #expect("\(words)".contains("alert"))
        }
    }

    @Test(
        "our certificate is shown only to the pinned server", arguments: ["-tls1_2", "-tls1_3"], [true, false])
    func pinned(version: String, isPinned: Bool) throws {
        // The server ends the session unless a certificate is shown.
        try withServer([version, "-Verify", "1"]) { descriptor, certificate in
            let key = try PrivateKey()
            let own = try CertificateDraft(.client, commonName: "client", days: 1).selfSigned(with: key)
            let client = try TLSClient(
                over: descriptor, showing: Identity(certificate: own, key: key),
                onlyTo: isPinned ? certificate.fingerprint : own.fingerprint)
            var answered = false
            do {
                try client.connect(until: soon)
                try client.write(Array("abc\n".utf8), until: soon)
                answered = try client.read(until: soon) == Array("cba\n".utf8)
            } catch {}
            #expect(answered == isPinned)
            #expect(client.askedForCertificate && client.peerCertificate == certificate.der)
        }
    }

    @Test("the attack: a server that is silent, hangs up or speaks no TLS neither blocks nor kills us")
    func silent() throws {
        for manner in [LoopbackServer.Manner.isSilent, .closes, .greets("220 no TLS here\r\n")] {
            let server = try LoopbackServer(manner)
            let descriptor = Self.connect(server.port)
            defer { close(descriptor) }
            let start = Monotonic.now
            let client = try TLSClient(over: descriptor)
            #expect(throws: TLSError.self) { try client.connect(until: Monotonic.now + 0.3) }
            // And once more, over the broken connection.
            #expect(throws: TLSError.self) { try client.write([1], until: Monotonic.now + 0.3) }
            #expect(Monotonic.now - start < 60)
        }
    }
}
