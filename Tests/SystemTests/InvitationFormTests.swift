import Testing
import TrustCore
import TrustTestSupport

/// Whoever can write Exim's log or the queue can give a client's certificate another form, without its key. He must gain nothing by it.
@Suite("The attack: another form of an invited client's certificate")
struct InvitationFormTests {
    @Test("beside the client's own it closes no invitation, and nobody is said to know the code")
    func beside() throws {
        try RelayScene.run { scene in
            let code = try scene.invite("--label", "laptop")
            let own = try scene.queueInvited("laptop", code)
            let other = try scene.queue(try OtherForm.write(of: scene.folder("laptop/client.pem")))
            // It is a right one: with a good proof, signed by its key.
            for fingerprint in [own, other] {
                #expect(try scene.warnings(of: fingerprint).contains("invited as “laptop”"))
                #expect(try !scene.warnings(of: fingerprint).contains { $0.contains("signed with its own key") })
            }
            let admitted = try scene.trustctl("admit")
            #expect(admitted.exitCode == 0 && admitted.output.isEmpty, "\(admitted)")
            #expect(admitted.errors.contains("2 certificates with the same key have come"), "\(admitted)")
            #expect(try scene.trusted.isEmpty && scene.invitationFiles.allSatisfy { !$0.contains(".") })

            // A person compares the client's own fingerprint with him.
            #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            #expect(scene.invitationFiles.map { $0.hasSuffix(".used") } == [true])
            #expect(try scene.join("laptop", code).exitCode == 0)
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted == ["\(own)"])
            #expect(try scene.warnings(of: own).allSatisfy { !$0.contains("seen by two") })
            let words = "the invitation “laptop” has admitted another certificate with the same key"
            #expect(try scene.warnings(of: other).contains(words))
        }
    }

    @Test("in place of the client's own it lets nobody in, and blames nobody")
    func instead() throws {
        try RelayScene.run { scene in
            let code = try scene.invite("--label", "laptop")
            let made = try ProgramRun.run(
                BuiltPrograms.trustctl, ["client", "new", "--invite", "-", "--dir", scene.folder("laptop")], input: code + "\n")
            #expect(made.exitCode == 0, "\(made)")
            let other = try scene.queue(try OtherForm.write(of: scene.folder("laptop/client.pem")))
            #expect(try scene.trustctl("admit").exitCode == 0)
            #expect(try scene.trusted == ["\(other)"])
            // The client shows its own, which a person must let in.
            let daemon = try scene.startDaemon()
            let own = try scene.knock("laptop", code)
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted == ["\(other)"])
            #expect(try scene.warnings(of: own).contains { $0.contains("another certificate with the same key") })
            #expect(try scene.warnings(of: other).allSatisfy { !$0.contains("seen by two") })
            try daemon.stop()
        }
    }
}
