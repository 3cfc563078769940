import Testing
import TrustCore
import TrustTestSupport

/// A new client becomes one of our CA with no file copied, and is revoked, on real Exims of both TLS libraries.
@Suite("A client is enrolled by our CA")
struct AuthorityEnrolTests {
    static let libraries = ["GnuTLS"] + (OpenSSLExim.obstacle == nil ? ["OpenSSL"] : [])

    @Test("after one `ca sign` the next `client check` takes the certificate, and the client relays", arguments: libraries)
    func check(library: String) throws {
        try RelayScene.withOwnAuthority(hasOpenSSL: library == "OpenSSL") { scene in
            let shown = try scene.waitingMachine("laptop")
            let issued = try scene.sign(shown)
            let checked = try scene.client("laptop", "check", scene.relayName)
            #expect(checked.exitCode == 0, "\(checked)")
            #expect(checked.output.hasPrefix("done: the certificate that its CA has issued is in use, until "), "\(checked)")
            #expect(checked.output.contains("trusted both ways"), "\(checked)")
            let used = try scene.inUse("laptop")
            #expect(used.fingerprint == issued.fingerprint)
            #expect(try File.read(used.key) == File.read(scene.folder("laptop/identity-1/client.key")))
            #expect(try scene.reply(to: used) == 250 && scene.reply(to: shown) == 550)
            // What was handed over waits for nobody.
            #expect(try scene.operator.entries().isEmpty)
            let again = try scene.client("laptop", "check", scene.relayName)
            #expect(again.exitCode == 0 && !again.output.contains("done:"), "\(again)")
            #expect(try scene.client("laptop", "check", scene.relayName, "--json").output.contains("\"issued\" : null"))
            let doctor = try scene.findings()
            #expect(doctor.isEmpty, "\(doctor)")
        }
    }

    @Test("`client join` takes it too, whatever the key, and mail passes", arguments: ["ec", "ed25519", "rsa4096"])
    func join(key: String) throws {
        try RelayScene.withOwnAuthority { scene in
            let code = try scene.invite()
            let own = try scene.knock("desk", code, "--key", key)
            let shown = try ClientCertificate(
                certificate: scene.folder("desk/identity-1/client.pem"), key: scene.folder("desk/identity-1/client.key"))
            #expect(shown.fingerprint == own)
            let issued = try scene.sign(shown, "--name", "the desk")
            let joined = try scene.join("desk", code, "--wait", "1s")
            #expect(joined.exitCode == 0 && joined.output.contains("done: the certificate that its CA has issued is in use"), "\(joined)")
            let used = try scene.inUse("desk")
            #expect(used.fingerprint == issued.fingerprint)
            #expect(try scene.exim.client.replyToMessage("by the CA", showing: used) == 250)
        }
    }

    @Test("a second relay that does not know the CA keeps the old certificate in use, and no mail stops")
    func twoRelays() throws {
        try RelayScene.withOwnAuthority { scene in
            try RelayScene.run { other in
                let shown = try scene.waitingMachine("laptop")
                try other.approve(shown)
                let pinned = try scene.client("laptop", "pin", other.relayName, "--expect-from", other.folder("server.pem"))
                #expect(pinned.exitCode == 0)
                let issued = try scene.sign(shown)
                let checked = try scene.client("laptop", "check", scene.relayName)
                #expect(checked.exitCode == 10 && checked.errors.contains("is kept, and not in use"), "\(checked)")
                #expect(try scene.inUse("laptop").fingerprint == shown.fingerprint)
                #expect(try other.reply(to: scene.inUse("laptop")) == 250)
                let document = try scene.client("laptop", "check", scene.relayName, "--json")
                #expect(document.output.contains("\"in_use\" : false"), "\(document)")

                try other.approve(issued)
                let later = try scene.client("laptop", "check", scene.relayName)
                #expect(later.exitCode == 0, "\(later)")
                #expect(try scene.inUse("laptop").fingerprint == issued.fingerprint)
                #expect(try other.reply(to: scene.inUse("laptop")) == 250)
            }
        }
    }

    @Test("revoking takes all that the key has, at the next recipient; the key gets no other; undo gives it back")
    func revoke() throws {
        try RelayScene.withOwnAuthority { scene in
            let (shown, friend) = (try scene.waitingMachine("laptop"), try scene.refusedClient("friend"))
            let (first, second) = (try scene.sign(shown), try scene.sign(shown, "--name", "laptop two"))
            let other = try scene.sign(friend)
            for client in [first, second, other] { #expect(try scene.reply(to: client) == 250) }
            // The attack: the thief has two certificates of the stolen key, and only one is named.
            let partly = try scene.trustctl("revoke", "\(first.fingerprint)", "--yes")
            #expect(partly.exitCode == 64 && partly.errors.contains("\(second.fingerprint)"), "\(partly)")
            let revoked = try scene.trustctl("ca", "revoke", "laptop two", "--yes", "--reason", "stolen")
            #expect(revoked.exitCode == 0, "\(revoked)")
            let names = Set(["\(first.fingerprint)", "\(second.fingerprint)"])
            #expect(Set(File.names(in: scene.folder("etc/revoked"))) == names)
            #expect(File.names(in: scene.folder("etc/issued")) == ["\(friend.fingerprint)"])
            for client in [first, second] { #expect(try scene.reply(to: client) == 550) }
            #expect(try scene.reply(to: other) == 250)
            let number = try scene.ledgerLines.count
            let listed = try scene.trustctl("ca", "list").output
            #expect(listed.split(separator: "\n").count { $0.contains("  revoked, until ") } == 2, "\(listed)")

            // The attack: the thief asks again, with the same key in another certificate.
            let thief = try ClientCertificate("clients/thief", in: scene.folder, keyOf: shown)
            #expect(try scene.reply(to: thief) == 550)
            try scene.operator.waitUntilPending(thief)
            let refused = try scene.trustctl("ca", "sign", "\(thief.fingerprint)", "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("was revoked"), "\(refused)")
            #expect(try scene.trustctl("ca", "sign", "\(shown.fingerprint)", "--yes").exitCode != 0)

            #expect(try scene.trustctl("undo", "\(number)", "--yes").exitCode == 0)
            #expect(File.names(in: scene.folder("etc/revoked")).isEmpty)
            for client in [first, second] { #expect(try scene.reply(to: client) == 250) }
            #expect(try scene.trustctl("ca", "sign", "\(thief.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
        }
    }
}
