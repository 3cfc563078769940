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
        package fileprivate(set) var records: [PackRecord] = []
        package fileprivate(set) var decisions: [SignedDecision] = []
        /// So many bytes are whole records.
        fileprivate var whole = 0
        /// Whether more stands behind them: the beginning of a record, of which nobody was told that it is kept.
        package fileprivate(set) var isTorn = false

        package init() {}

        mutating func add(_ records: [PackRecord], _ decisions: [SignedDecision]) {
            self.records += records
            self.decisions += decisions
            whole += records.reduce(0) { $0 + $1.encoded.count }
        }
    }

    /// Throws when it is damaged.
    package func read() throws(Failure) -> Content {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try LocalFileSystem(limit: .max).contents(of: path) ?? [] } catch {
            throw error.isNotPermitted
                ? Failure(error.description, .notPermitted, hint: "root and the members of group trustd may read it") : Failure(error)
        }
        var content = Content()
        guard var reader = try? PackReader(bytes, limit: .max) else { return content }
        while true {
            let record: PackRecord
            do throws(PackReader.Fault) {
                guard let next = try reader.next() else { return content }
                record = next
            } catch { break }
            do throws(SignedDecision.Failure) { content.add([record], [try SignedDecision(kept: record)]) } catch {
                throw damaged(at: content.whole)
            }
        }
        // The attack, or the accident: a bad block in the middle, and with what follows it goes a revocation. Only an end that is no record was
        // never promised to anybody.
        if Self.hasRecord(bytes[content.whole...].dropFirst()) { throw damaged(at: content.whole) }
        content.isTorn = true
        return content
    }

    private func damaged(at offset: Int) -> Failure {
        Failure(
            "\(path) is damaged at byte \(offset); nothing has changed", .notSound,
            hint: "move it away and get all decisions from another member: ssh MEMBER trustctl fleet export | trustctl fleet import -")
    }

    private static func hasRecord(_ bytes: ArraySlice<UInt8>) -> Bool {
        let heading = Array("trust-record ".utf8)
        var rest = bytes
        while let start = rest.firstIndex(of: heading[0]) {
            rest = rest[start...]
            if rest.starts(with: heading), var reader = try? PackReader(Array(rest), limit: .max), (try? reader.next()) != nil {
                return true
            }
            rest = rest.dropFirst()
        }
        return false
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
