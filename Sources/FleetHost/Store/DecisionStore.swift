import Certificates
package import Fleet
package import FleetCarrier
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// All decisions of the fleet that this host has, in the form of a pack: appended, synced, never changed and never removed.
///
/// What is in it was checked before. Only root can write it.
package struct DecisionStore {
    package let path: FilePath

    package init(_ folders: CarrierFolders) { path = folders.decisions }

    package struct Content {
        /// One for each record, in the order of the file.
        package fileprivate(set) var decisions = DecisionTable()
        /// So many bytes are whole records.
        fileprivate var whole = 0
        /// Whether more stands behind them: the beginning of a record, of which nobody was told that it is kept.
        package fileprivate(set) var isTorn = false

        package init() {}

        /// Adds one whose record is kept, or is about to be.
        mutating func add(_ record: PackRecord, _ decision: SignedDecision) {
            decisions.append(decision)
            whole += record.encoded.count
        }
    }

    /// Throws when it is damaged.
    package func read() throws(Failure) -> Content {
        var content = Content()
        guard var file = try open() else { return content }
        while let record = try next(in: &file) {
            do throws(SignedDecision.Failure) { content.decisions.append(try SignedDecision(kept: record)) } catch {
                throw damaged(at: content.whole)
            }
            content.whole = file.offset
        }
        do throws(SystemError) {
            if try file.isAtEnd() { return content }
            // The attack, or the accident: a bad block in the middle, and with what follows it goes a revocation. Only an end that is no record
            // was never promised to anybody.
            content.isTorn = try !file.hasRecordBehind()
        } catch { throw Failure(error) }
        guard content.isTorn else { throw damaged(at: content.whole) }
        return content
    }

    /// Gives `body` the record of each decision of `content`, read again.
    ///
    /// The attack, or the accident: a byte has changed since, and another text is carried to others. Its digest was the decision's name.
    func records(of content: Content, _ body: (_ number: Int, PackRecord) throws(Failure) -> Void) throws(Failure) {
        guard !content.decisions.isEmpty else { return }
        guard var file = try open() else { throw damaged(at: 0) }
        for number in content.decisions.indices {
            let start = file.offset
            guard let record = try next(in: &file), Digest(bytes: SHA256.digest(of: record.body)) == content.decisions.digest(at: number)
            else {
                throw damaged(at: start)
            }
            try body(number, record)
        }
    }

    private func open() throws(Failure) -> RecordFile? {
        do throws(SystemError) { return try RecordFile(path) } catch {
            throw error.isNotPermitted
                ? Failure(error.description, .notPermitted, hint: "root and the members of group trustd may read it") : Failure(error)
        }
    }

    private func next(in file: inout RecordFile) throws(Failure) -> PackRecord? {
        do throws(SystemError) { return try file.next() } catch { throw Failure(error) }
    }

    private func damaged(at offset: Int) -> Failure {
        Failure(
            "\(path) is damaged at byte \(offset); nothing has changed", .notSound,
            hint: "move it away and get all decisions from another member: ssh MEMBER trustctl fleet export | trustctl fleet import -")
    }

    /// Cuts off the beginning of a record that a crash has left. The caller holds the lock.
    package func mend(_ content: inout Content, _ progress: Progress) throws(Failure) {
        guard content.isTorn else { return }
        do throws(SystemError) { try LocalFileSystem().shorten(path, to: content.whole) } catch { throw Failure(error) }
        content.isTorn = false
        progress.note("the end of \(path) was torn by a crash, and is cut off: what stood there was not kept yet; import it again")
    }

    /// Returns when they are on the disk. The caller holds the lock, and has mended it.
    package func append(_ records: [PackRecord]) throws(Failure) {
        guard !records.isEmpty else { return }
        do throws(SystemError) {
            try make()
            try LocalFileSystem().append(records.flatMap(\.encoded), to: path, mode: 0o600)
        } catch { throw Failure(error) }
    }

    /// It holds addresses and names: readable for members of group trustd, as the ledger is.
    private func make() throws(SystemError) {
        let out = path.removingLastComponent()
        let files = LocalFileSystem()
        guard !files.exists(path) else { return }
        _ = try Folder.making(out, mode: 0o755)
        try files.create(path, [], like: nil, access: FileAccess(mode: 0o640, group: Account.group(named: "trustd")))
        for folder in [out, out.removingLastComponent(), out.removingLastComponent().removingLastComponent()] {
            try files.synchronize(folder)
        }
    }
}
