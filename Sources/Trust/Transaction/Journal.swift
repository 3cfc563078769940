import FoundationEssentials
import Host
package import SystemPackage
import TrustCore

/// The file that says which change is under way: if trustctl is killed, the next command reads it and ends that change.
package struct Journal {
    let folder: FilePath
    let files: any FileSystem

    package var file: FilePath { folder.appending("journal") }
    private var draft: FilePath { folder.appending("journal.new") }

    /// Returns when `plan` is on the disk. Until then nothing else may change.
    func begin(_ plan: TrustPlan) throws(Failure) {
        guard let data = try? JSONEncoder().encode(plan) else { throw Failure("the change cannot be written to the journal", .notSound) }
        do throws(SystemError) {
            try files.create(draft, Array(data), like: nil, access: .closed)
            try files.rename(draft, to: file)
            try files.synchronize(folder)
        } catch {
            removeDraft()
            throw Failure(error)
        }
    }

    /// The plan of the change that was under way; nil when there is no journal.
    func read() throws(Failure) -> TrustPlan? {
        do throws(SystemError) {
            guard let bytes = try files.contents(of: file) else { return nil }
            if let plan = try? JSONDecoder().decode(TrustPlan.self, from: Data(bytes)) { return plan }
        } catch { throw Failure(error) }
        throw Failure(
            "\(file) is not understood", .stuck, hint: "check with `trustctl list` what is approved, then move \(file) away")
    }

    /// A draft never became the journal: nothing had begun, and nobody reads it.
    func removeDraft() { try? files.remove(draft) }

    func remove() throws(SystemError) { try files.remove(file) }

    /// Returns when a removal is on the disk, if the disk allows: a journal that comes back is of a change that the ledger has.
    func synchronize() { try? files.synchronize(folder) }
}
