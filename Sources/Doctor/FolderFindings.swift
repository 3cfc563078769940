import EximControl
import Host
import SystemPackage
import TrustCore

/// Judges the folder of a list in folder form.
struct FolderFindings {
    let folder: FilePath
    /// Its names; nil when it could not be read.
    let names: ApprovedFolder.Names?
    let mend: Remedies
    /// Why it is not to be trusted as a whole.
    var unsound: Failure?
    var isMissing = false
    /// Why Exim's user cannot look into it.
    var unreadable: EximError?
    /// Files that hold something, or that others may write.
    var foreign: [FilePath] = []

    /// What becomes of mail while Exim cannot look there.
    private static let deferred =
        "exim defers (451) all mail of clients that show a certificate, for its own domains too; nobody is let in by it"

    var findings: [Finding] {
        if let unsound {
            return [
                Finding(
                    .error, "folder-unsound", unsound.messages.joined(separator: "; "),
                    isMissing ? Self.deferred : "another user could decide what exim trusts, or exim cannot look there",
                    mend: unsound.hint ?? "make it a folder of root's with mode 0755")
            ]
        }
        var findings: [Finding] = []
        if let unreadable {
            findings.append(Finding(.error, "folder-unreadable", "\(unreadable)", Self.deferred, mend: "`chmod 0755 \(folder)`"))
        }
        let odd = (names?.oddities ?? []).map { oddity -> Finding in
            let (severity, id, consequence): (Finding.Severity, String, String) =
                switch oddity {
                case .noCertificate:
                    (.error, "digest-of-no-certificate", "where the ACL does not check that there is a certificate, everybody may relay")
                case .notAFile: (.error, "folder-holds-other", "trustctl has not made it, and refuses to change the list")
                case .notAFingerprint: (.warning, "folder-holds-other", "trustctl refuses to change the list")
                }
            return Finding(severity, id, "\(folder): \(oddity.problem)", consequence, mend: oddity.remedy(in: folder))
        }
        findings += odd.summed("names in \(folder) should not be there")
        findings += foreign.map { path in
            Finding(
                .warning, "folder-holds-other", "\(path) is not an empty file that only root may write",
                "exim trusts its name all the same; what is in it counts for nothing",
                mend: "`: >\(path); chown root:root \(path); chmod 0644 \(path)`")
        }.summed("files in \(folder) are not empty files of root's")
        return findings
    }
}
