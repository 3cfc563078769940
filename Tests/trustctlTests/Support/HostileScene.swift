import Foundation
import SystemPackage
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import Trust

/// A queue, a list, a ledger and denials in which every text that a stranger or a person can choose is hostile.
enum HostileScene {
    static let evil = "a\u{1B}[2J\u{202E}b\u{7}\u{2028}\u{85}\u{200B}c\\\"\u{9B}31m"

    /// Writes it all; the pending entry has a certificate with a hostile subject.
    static func lay(in folder: SceneFolder) throws -> Register {
        for name in ["state", "state/pending", "ledger", "ledger/denied", "certs"] { try folder.makeFolder(name) }
        try folder.write(
            "conf",
            "state = \(folder("state"))\nlist = \(folder("list"))\ncertificates = \(folder("certs"))\nledger = \(folder("ledger"))\n")
        let certificate = try Fixture.certificate("hostile")
        let moment = Timestamp(seconds: 1_795_000_000)
        for fingerprint in [certificate.fingerprint, try Some.fingerprint("D4")] {
            var entry = PendingEntry(fingerprint: fingerprint, firstSeen: moment, lastSeen: moment)
            entry.observed = .init(address: Address("2001:db8::1"), helo: "HELO\u{202E}\u{200B}", domain: "d\u{202E}.example")
            entry.certificate = Data(certificate.der).base64EncodedString()
            try folder.write("state/pending/\(fingerprint)", String(decoding: entry.encoded(), as: UTF8.self))
        }
        try folder.write("state/pending/\(evil.replacing("/", with: ""))", evil)
        try folder.write(
            "list",
            "RELAY_FROM_CERTS = \\\n # \(evil.replacing("\u{85}", with: ""))\n \(Some.a) : \\\n# \(evil), approved 2026-11-22 by \(evil)\n\(Some.b)\n"
        )
        try folder.write("ledger/denied/\(Some.c)", "")
        var ledger: [UInt8] = []
        for (name, state) in [(Some.c, TrustState.denied), (Some.a, .approved), (String(repeating: "D4", count: 32), .none)] {
            let decision = Decision(
                id: evil, time: "\u{202E}2026-11-22T17:41:59Z", action: state == .denied ? .deny : .approve,
                operator: Operator(login: evil, sudoUser: evil, uid: 0), reason: evil,
                subjects: [
                    .init(
                        fingerprint: try Fingerprint(name), before: .pending, after: state, terms: Terms(label: evil),
                        evidence: Evidence(
                            firstSeen: evil, lastSeen: "\u{202E}2026-11-22T17:41:59Z", sightings: 2, addresses: [evil],
                            observed: .init(address: evil, helo: evil, domain: evil)))
                ])
            ledger += Ledger(ledger).line(for: LedgerEntry(decision)) ?? []
        }
        try folder.write("ledger/ledger", bytes: ledger)
        return try Register(Configuration.of(folder))
    }
}
