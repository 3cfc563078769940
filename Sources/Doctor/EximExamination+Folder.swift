import EximControl
import Host
import SystemPackage
import TrustCore

/// The folder of a list in folder form.
extension EximExamination {
    /// Whether another folder can be put in the place of a list's for a rehearsal.
    func canMount(over folder: FilePath) -> Bool {
        let other = Program(local.program.binary, ["-bV"], substitutions: [.init(candidate: scratch, live: folder)])
        return Trials.isFolder(folder) && (try? local.program.run(other)) != nil
    }

    /// What is wrong with the folder that a list in folder form names; nil for another one.
    func folder(_ form: ListForm?, _ read: ApprovedFolder.Names?, _ mend: Remedies) -> FolderFindings? {
        guard case .folder(let path) = form else { return nil }
        var findings = FolderFindings(folder: path, names: read, mend: mend)
        do { try ApprovedFolder.check(path) } catch {
            findings.unsound = error
            findings.isMissing = !LocalFileSystem().exists(path)
        }
        // One name that nobody has: Exim's user must be able to look, and find nothing.
        if findings.unsound == nil, let name = try? Fingerprint(digest: [UInt8](repeating: 1, count: 32)) {
            do throws(EximError) { _ = try local.found([name], in: path) } catch { findings.unreadable = error }
        }
        if let read { findings.foreign = read.fingerprints.map { path.appending($0.description) }.filter { !DiskFacts.isEmptyOfRoot($0) } }
        return findings
    }
}
