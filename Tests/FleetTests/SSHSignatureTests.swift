import Certificates
import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import Fleet
@testable import FleetCarrier

@Suite("Signatures of ssh-keygen are read to the last bit, and count for one text and one purpose") struct SSHSignatureTests {
    private static let namespace = SignedDecision.namespace

    @Test("the four types of keys are all there, and each signature is over its text alone") func vectors() throws {
        let records = try SignedPack.records()
        var kinds: [SSHKey.Kind] = []
        for record in records {
            let signature = try #require(SSHSignature(armoured: record.signature))
            kinds.append(signature.key.kind)
            #expect(signature.isOver(record.body, namespace: Self.namespace))
            #expect(!signature.isOver(record.body + [0x0A], namespace: Self.namespace), "one byte more")
            #expect(!signature.isOver(Array(record.body.dropLast()), namespace: Self.namespace))
            for namespace in ["file", "trust-receipt", "trust-decision ", "TRUST-DECISION", ""] {
                #expect(!signature.isOver(record.body, namespace: namespace))
            }
            for other in records where other != record { #expect(!signature.isOver(other.body, namespace: Self.namespace)) }
            #expect(SSHSignature.armour(try SignedPack.blob(record.signature)) == record.signature)
        }
        #expect(Set(kinds) == Set(SSHKey.Kind.allCases))
        #expect(records.compactMap { SSHSignature(armoured: $0.signature)?.hash }.filter { $0 == .sha256 }.count == 1)
        #expect(records.map { SSHSignature(armoured: $0.signature)?.isTouched } == [false, false, true, true, true, false, false])
    }

    @Test("no bit can be changed, no byte be added or taken away") func everyBit() throws {
        // One of each type: the first four. That everything else in them is as signed is checked by whole runs over their bits.
        for record in try SignedPack.records().prefix(4) {
            let blob = try SignedPack.blob(record.signature)
            let whole = try #require(SSHSignature(blob: blob))
            for count in 0..<blob.count { #expect(SSHSignature(blob: Array(blob.prefix(count))) == nil) }
            #expect(SSHSignature(blob: blob + [0]) == nil)
            for bit in 0..<(blob.count * 8) {
                var changed = blob
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let signature = SSHSignature(blob: changed) else { continue }
                #expect(!signature.isOver(record.body, namespace: Self.namespace), "\(whole.key.kind): bit \(bit)")
            }
        }
    }

    @Test("the armour has one spelling") func armour() throws {
        let armoured = try SignedPack.records()[0].signature
        let text = String(decoding: armoured, as: UTF8.self)
        let digits = text.split(separator: "\n").dropFirst().dropLast().joined()
        let others = [
            "", String(text.dropLast()), text + "\n", "\n" + text, " " + text, text.replacingOccurrences(of: "\n", with: "\r\n"),
            text.replacingOccurrences(of: "SSH SIGNATURE", with: "SSH signature"),
            "-----BEGIN SSH SIGNATURE-----\n\(digits)\n-----END SSH SIGNATURE-----\n",
            "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", text.replacingOccurrences(of: "U1NI", with: "U1N "),
            String(repeating: "A", count: 5000),
        ]
        for other in others { #expect(SSHSignature(armoured: Array(other.utf8)) == nil) }
        // The last digit has bits that no byte needs: another spelling of the same bytes.
        let padded = try #require(try SignedPack.records().first { String(decoding: $0.signature, as: UTF8.self).contains("=\n") })
        let canonical = String(decoding: padded.signature, as: UTF8.self)
        let equals = try #require(canonical.firstIndex(of: "="))
        let last = canonical[canonical.index(before: equals)]
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let place = try #require(alphabet.firstIndex(of: last))
        var respelled = canonical
        respelled.replaceSubrange(canonical.index(before: equals)..<equals, with: String(alphabet[place + 1]))
        #expect(SSHSignature(armoured: Array(canonical.utf8)) != nil && SSHSignature(armoured: Array(respelled.utf8)) == nil)
    }

    @Test("a signature with what is not understood is none") func strict() throws {
        let records = try SignedPack.records()
        let blob = try SignedPack.blob(records[2].signature)
        // The last five bytes are a security key's flags and counter.
        for flags in UInt8.min...UInt8.max {
            var changed = blob
            changed[blob.count - 5] = flags
            #expect((SSHSignature(blob: changed) != nil) == [0, 1, 4, 5].contains(flags), "flags \(flags)")
        }
        let key = try SignedPack.blob(records[0].signature)
        func replaced(_ old: [UInt8], _ new: [UInt8]) throws -> [UInt8] {
            let start = try #require(key.indices.first { key[$0...].starts(with: old) })
            return Array(key[..<start]) + new + key[(start + old.count)...]
        }
        let reserved = SSHWire.string(Self.namespace.utf8) + SSHWire.string([])
        let unknown = [
            try replaced(reserved, SSHWire.string(Self.namespace.utf8) + SSHWire.string("x".utf8)),
            try replaced([0, 0, 0, 1], [0, 0, 0, 2]), try replaced(SSHWire.string("sha512".utf8), SSHWire.string("sha1".utf8)),
            try replaced(SSHWire.string("ssh-ed25519".utf8), SSHWire.string("ssh-rsa".utf8)),
            try replaced(reserved, SSHWire.string([]) + SSHWire.string([])),
        ]
        for blob in unknown { #expect(SSHSignature(blob: blob) == nil) }
        // The attack: what the operator's security key signs for a web site.
        let site = SSHWire.string("sk-ssh-ed25519@openssh.com".utf8) + SSHWire.string([UInt8](repeating: 7, count: 32))
        #expect(SSHKey(wire: site + SSHWire.string("ssh:".utf8)) != nil)
        for application in ["", "bank.example", "ssh: x", "xssh:"] { #expect(SSHKey(wire: site + SSHWire.string(application.utf8)) == nil) }
        #expect(SSHKey(wire: site + SSHWire.string("ssh:".utf8) + [0]) == nil, "a byte behind the key")
        let notOnCurve = SSHWire.string("ecdsa-sha2-nistp256".utf8) + SSHWire.string("nistp256".utf8)
        #expect(SSHKey(wire: notOnCurve + SSHWire.string([4] + [UInt8](repeating: 1, count: 64))) == nil)
    }

    @Test(
        "ssh-keygen signs with a key file, and with an agent that has it; its own check agrees",
        arguments: ["ed25519", "ecdsa"]) func real(kind: String) throws
    {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try ProgramRun.run("ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", "", "-f", folder("key")])
        try folder.write("allowed", "alice \(try folder.read("key.pub"))")
        let agent = try ProgramRun.run("ssh-agent", ["-s", "-a", folder("agent")])
        let pid = try #require(
            agent.output.split(separator: ";").compactMap { $0.contains("SSH_AGENT_PID=") ? $0.split(separator: "=").last : nil }.first)
        defer { _ = try? ProgramRun.run("kill", [String(pid)]) }
        let environment = ["SSH_AUTH_SOCK": folder("agent")]
        try ProgramRun.run("ssh-add", ["-q", folder("key")], environment: environment)
        try ProgramRun.run("mv", [folder("key"), folder("elsewhere")])

        let text = "trust-decision 1\nwhatever: is signed\n"
        for hash in ["sha512", "sha256"] {
            for byAgent in [true, false] {
                try folder.write("text", text)
                let key = byAgent ? folder("key.pub") : folder("elsewhere")
                let signed = try ProgramRun.run(
                    "ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", Self.namespace, "-O", "hashalg=\(hash)", folder("text")],
                    environment: byAgent ? environment : [:])
                #expect(signed.exitCode == 0, "\(signed)")
                let signature = try #require(SSHSignature(armoured: Array(try folder.read("text.sig").utf8)))
                #expect(signature.hash.rawValue == hash && !signature.isTouched)
                for (said, message) in [(true, text), (false, text + "x")] {
                    #expect(signature.isOver(Array(message.utf8), namespace: Self.namespace) == said)
                    let arguments = [
                        "-Y", "verify", "-f", folder("allowed"), "-I", "alice", "-n", Self.namespace, "-s", folder("text.sig"),
                    ]
                    #expect((try ProgramRun.run("ssh-keygen", arguments, input: message).exitCode == 0) == said)
                }
                try ProgramRun.run("rm", [folder("text.sig")])
            }
        }
    }

    @Test("ssh-keygen's own check says the same, but does not ask whether anybody touched the key") func agreement()
        throws
    {
        let folder = try SceneFolder()
        defer { folder.remove() }
        for record in try SignedPack.records() {
            let signature = try #require(SSHSignature(armoured: record.signature))
            try folder.write("allowed", "signer \(signature.key.kind.rawValue) \(Data(signature.key.wire).base64EncodedString())\n")
            try folder.write("signature", String(decoding: record.signature, as: UTF8.self))
            let body = String(decoding: record.body, as: UTF8.self)
            for (said, message) in [(true, body), (false, body + "\n")] {
                let arguments = ["-Y", "verify", "-f", folder("allowed"), "-I", "signer", "-n", Self.namespace, "-s", folder("signature")]
                let run = try ProgramRun.run("ssh-keygen", arguments, input: message)
                #expect((run.exitCode == 0) == said, "\(run)")
            }
        }
    }
}
