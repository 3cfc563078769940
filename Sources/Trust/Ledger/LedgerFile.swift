import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The ledger as a file of root's in trustctl's own folder. Its seal is in the lock's file beside it.
package struct LedgerFile: LedgerStore {
    private let folder: FilePath
    private let files: any FileSystem

    private var path: FilePath { folder.appending(Ledger.name) }
    private var new: FilePath { folder.appending("ledger.new") }
    private var lock: FilePath { folder.appending(LedgerSeal.name) }

    /// The ledger only grows, and only root writes it: it is read however large it is.
    package init(in folder: FilePath, files: any FileSystem = LocalFileSystem(limit: .max)) {
        self.folder = folder
        self.files = files
    }

    package func read() throws(SystemError) -> Ledger { Ledger(try files.contents(of: path) ?? []) }

    /// The seal of the line that was written last; nil before the first one. Only root can read it.
    package func seal() throws(SystemError) -> LedgerSeal? { try files.contents(of: lock).flatMap { LedgerSeal($0) } }

    package func write(_ entry: LedgerEntry) throws(Failure) -> LedgerSeal {
        let ledger: Ledger
        let line: [UInt8]
        do throws(SystemError) {
            ledger = try read()
            var entry = entry
            entry.done = Timestamp.now.description
            guard let next = ledger.line(for: entry, after: try seal()) else { throw SystemError("encode", path, code: EINVAL) }
            line = next
        } catch { throw Failure(error) }
        do throws(SystemError) { try files.append(line, to: path, mode: 0o640) } catch {
            // The next line must not follow a torn one, and no line may say that a change was done which is undone now.
            do throws(SystemError) { try files.shorten(path, to: ledger.bytes.count) } catch let second {
                throw Failure(
                    "\(error); then \(second)", .stuck,
                    hint: "check the file system; the next trustctl command finishes or undoes the change")
            }
            throw Failure(error)
        }
        let written = LedgerSeal(number: ledger.lines.count + 1, digest: Ledger.digest(of: line.dropLast()))
        seal(written)
        return written
    }

    package func mend() throws(Failure) -> MendedLine? {
        do throws(SystemError) {
            // Usually no line is torn, and a long ledger takes time to decode.
            guard let bytes = try files.contents(of: path), Ledger.isTorn(bytes) else { return nil }
            let ledger = Ledger(bytes)
            let seal = try seal()
            guard let mended = ledger.mended(by: .current, at: .now, seal) else { return nil }
            try files.create(new, mended, like: path, access: .closed)
            try files.exchange(new, path)
            try files.synchronize(folder)
            try files.remove(new)
            if let last = LedgerSeal(Ledger(mended)) { self.seal(last) }
            return MendedLine(number: ledger.lines.count, wasWhole: seal?.number == ledger.lines.count)
        } catch { throw Failure(error) }
    }

    /// What stays is replaced by the next `mend`.
    package func removeLeftOvers() {
        for path in [new, FilePath(new.string + "~")] { try? files.remove(path) }
    }

    /// A disk that refuses the seal spoils no decision: the older seal stays, and the chain covers the line after it.
    private func seal(_ line: LedgerSeal) { try? files.overwrite(lock, line.bytes) }
}

extension LedgerFile {
    /// Makes the file if there is none: root's, and readable for members of group `trustd` only, since it holds addresses.
    func make() throws(SystemError) {
        let file = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return }
            throw SystemError("open", path)
        }
        defer { close(file) }
        if let group = getgrnam("trustd") {
            guard fchown(file, 0, group.pointee.gr_gid) == 0 else { throw SystemError("chown", path) }
        }
        guard fchmod(file, 0o640) == 0 else { throw SystemError("chmod", path) }
    }
}
