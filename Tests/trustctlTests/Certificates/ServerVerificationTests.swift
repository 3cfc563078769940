import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

/// Our OpenSSL and its model of a trust directory, against openssl(1) with a real directory.
@Suite("Verification as a server with OpenSSL does it")
struct ServerVerificationTests {
    /// Like an Exim with OpenSSL, without the machine's own authorities.
    static func openssl(_ file: String, _ directory: String) throws -> Bool {
        try ProgramRun.run(
            "openssl",
            [
                "verify", "-CApath", directory, "-no-CAfile", "-no-CAstore", "-purpose", "sslclient", "-auth_level", "2", file,
            ]
        ).exitCode == 0
    }

    static func certificate(_ client: ClientCertificate) throws -> Certificate {
        try Certificate.read(file: Array(File.read(client.certificate).utf8), name: client.certificate)
    }

    /// Installs them as trustctl does, one after the other.
    static func install(_ clients: [ClientCertificate], in folder: SceneFolder, _ directory: String = "certs") throws {
        try folder.makeFolder(directory)
        var names: [String: String?] = [:]
        for client in clients {
            let certificate = try certificate(client)
            let file = "\(certificate.fingerprint).pem"
            try folder.write("\(directory)/\(file)", bytes: PEM.certificate(certificate.der))
            for case .link(let name, let target) in HashLinks.adding(file, hash: certificate.subjectHash, to: names) {
                names[name] = .some(target)
                try ProgramRun.run("ln", ["-s", target, folder("\(directory)/\(name)")])
            }
        }
    }

    @Test("each kind of certificate verifies if and only if openssl(1) says so, with the reason")
    func kinds() throws {
        try inFolder { folder in
            let authority = try ClientCertificate("authority", .authority, in: folder)
            var clients = [(authority, ServerVerification.Reason?.none)]
            let kinds: [(ClientCertificate.Kind, ServerVerification.Reason?)] = [
                (.leaf, nil), (.expired, .expired), (.notYetValid, .notYetValid), (.expiring, nil), (.weakKey, .weakKey), (.long, nil),
                (.late, nil), (.serverOnly, .purpose), (.criticalExtension, .other), (.reversed, .expired),
                (.noSignature, .purpose),
            ]
            for (kind, reason) in kinds { clients.append((try ClientCertificate("\(kind)", kind, in: folder), reason)) }
            clients.append((try ClientCertificate("issued", signedBy: authority, in: folder), nil))
            try Self.install(clients.map(\.0), in: folder)
            let all = ServerVerification(try HashedFolder(folder.path("certs")))
            for (client, reason) in clients {
                let problem = all.problem(of: try Self.certificate(client))
                #expect(problem?.reason == reason, "\(client.certificate): \(String(describing: problem))")
                #expect(try Self.openssl(client.certificate, folder("certs")) == (problem == nil), "\(client.certificate)")
            }
            // Without its authority.
            let orphan = clients[clients.count - 1].0
            try Self.install([orphan], in: folder, "alone")
            let alone = ServerVerification(try HashedFolder(folder.path("alone")))
            #expect(alone.problem(of: try Self.certificate(orphan))?.reason == .issuerUnknown(mayBeSent: false))
            #expect(try !Self.openssl(orphan.certificate, folder("alone")))
        }
    }

    @Test("of two with one subject or one key only the first verifies, and the model names it")
    func shadowed() throws {
        try inFolder { folder in
            let first = try ClientCertificate("clients", in: folder)
            try folder.makeFolder("two")
            let sameName = try ClientCertificate("two/clients", in: folder)
            try folder.makeFolder("three")
            let sameKey = try ClientCertificate("three/clients", in: folder, keyOf: first)
            for order in [[first, sameName], [sameName, first], [first, sameKey], [sameName, sameKey, first]] {
                try ProgramRun.run("rm", ["-rf", folder("certs")])
                try Self.install(order, in: folder)
                let verification = ServerVerification(try HashedFolder(folder.path("certs")))
                for client in order {
                    let problem = verification.problem(of: try Self.certificate(client))
                    #expect(try Self.openssl(client.certificate, folder("certs")) == (problem == nil))
                    #expect(problem?.reason == (client.fingerprint == order[0].fingerprint ? nil : .shadowed(by: order[0].fingerprint)))
                }
            }
        }
    }

    @Test("the next certificate of a client, by its old key or a new one, verifies beside the old one")
    func renewal() throws {
        try inFolder { folder in
            let key = try PrivateKey()
            var made: [Certificate] = []
            for other in [key, key, try PrivateKey(), try PrivateKey(.rsa4096), try PrivateKey(.ed25519)] {
                made.append(try CertificateDraft(.client, commonName: "laptop, “ü”", days: 30).selfSigned(with: other))
            }
            try folder.makeFolder("certs")
            for (number, certificate) in made.enumerated() {
                let name = "\(certificate.subjectHash).\(number)"
                try folder.write("certs/\(name)", certificate.pemText)
            }
            let verification = ServerVerification(try HashedFolder(folder.path("certs")))
            for (number, certificate) in made.enumerated() {
                #expect(try Self.openssl(folder("certs/\(certificate.subjectHash).\(number)"), folder("certs")))
                #expect(verification.problem(of: certificate) == nil)
            }
        }
    }

    @Test("a folder with gaps, dangling links and other files is searched as openssl(1) does", arguments: 0..<12)
    func oddities(round: Int) throws {
        try inFolder { folder in
            let client = try ClientCertificate("laptop", in: folder)
            let certificate = try Self.certificate(client)
            let hash = certificate.subjectHash
            try folder.makeFolder("certs")
            try folder.write("certs/laptop.pem", certificate.pemText)
            try folder.write("certs/note.pem", "no certificate\n")
            try folder.write("certs/der.pem", bytes: certificate.der)
            let targets = [nil, "laptop.pem", "nowhere.pem", "note.pem", "der.pem", folder("certs/laptop.pem"), "./laptop.pem"]
            var random = Seeded(round)
            for number in 0..<4 {
                guard let target = targets.randomElement(using: &random) ?? nil else { continue }
                try ProgramRun.run("ln", ["-s", target, folder("certs/\(hash).\(number)")])
            }
            let content = try HashedFolder(folder.path("certs"))
            let problem = ServerVerification(content).problem(of: certificate)
            #expect(try Self.openssl(client.certificate, folder("certs")) == (problem == nil))
            #expect((content.fault(of: certificate) == nil) == (problem == nil), "\(String(describing: content.fault(of: certificate)))")
            // The repair that approve makes.
            var repaired = content
            repaired.install(certificate, as: "\(certificate.fingerprint).pem")
            #expect(repaired.fault(of: certificate) == nil)
            #expect(ServerVerification(repaired).problem(of: certificate) == nil)
        }
    }
}
