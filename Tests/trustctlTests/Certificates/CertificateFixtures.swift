import Foundation
import Testing
import TrustCore

@testable import Certificates

/// The files that `Fixtures/make-certificates` made, and what openssl(1) printed about them.
enum Fixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.resourceURL)
        return Array(try Data(contentsOf: folder.appendingPathComponent("Fixtures/certificates/\(name)")))
    }

    static func certificate(_ name: String) throws -> Certificate {
        try Certificate.read(file: try bytes("\(name).pem"), name: "\(name).pem")
    }

    /// The facts of `NAME.txt`; the last one with a name wins.
    static func facts(_ name: String) throws -> [String: String] {
        var facts: [String: String] = [:]
        for line in String(decoding: try bytes("\(name).txt"), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            facts[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
        return facts
    }

    static func reason(_ bytes: [UInt8]) throws -> CertificateError.Reason {
        let error = #expect(throws: CertificateError.self) { try Certificate.read(file: bytes, name: "given") }
        return try #require(error).reason
    }

    static let certificates = [
        "ec", "renewed", "p384", "p192", "ed25519", "rsa", "rsa1024", "dsa", "pss", "sha1", "md5", "authority", "usage", "names", "utf8",
        "serial0", "serial-long", "serial-negative", "self-named", "expired", "future", "issued", "pretended", "v1", "hostile", "many",
    ]
}
