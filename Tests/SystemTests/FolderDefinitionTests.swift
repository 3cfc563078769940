import Testing
import TrustTestSupport

@Suite("Definitions of a list in a folder that are refused")
struct FolderDefinitionTests {
    @Test("another definition than the one lookup stays refused, a mixed one too")
    func mixed() throws {
        try FolderListTests.run { scene, alice in
            let text = scene.listText
            for other in [
                text.replacing("= $", with: "= \(alice.fingerprint) : $"), text.replacing(",cache=no_rd", with: ""),
                text.replacing("etc/approved", with: "etc/other"),
            ] {
                try scene.folder.write("etc/relay_from_certs", other)
                for words in [["list"], ["revoke", "\(alice.fingerprint)", "--yes"]] {
                    let outcome = try scene.operator.start(words).wait()
                    #expect(outcome.exitCode == 78, "\(outcome)")
                }
            }
        }
    }
}
