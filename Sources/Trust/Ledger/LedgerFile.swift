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
    var checkpoint: FilePath { folder.appending(Checkpoint.name) }
    private var known: KnownCertificates { KnownCertificates(in: folder) }
    /// A certificate that was approved here, or came with a decision of the fleet; nil when none is kept.
    package func certificate(of fingerprint: Fingerprint) -> [UInt8]? { known.der(fingerprint) }

    /// Keeps it. One that cannot be kept is missed where Exim trusts by directory, and is told of there.
    package func keep(_ der: [UInt8], of fingerprint: Fingerprint) { try? known.keep(der, fingerprint) }

    /// Whether the files are this host's own: a checkpoint and kept certificates are files of no other disk.
    private var isLocal: Bool { files is LocalFileSystem }

    /// The ledger only grows, and only root writes it: it is read however large it is.
    package init(in folder: FilePath, files: any FileSystem = LocalFileSystem(limit: .max)) {
        self.folder = folder
        self.files = files
    }

    package func read() throws(SystemError) -> Ledger { Ledger(try files.contents(of: path) ?? []) }

    /// The seal of the line that was written last; nil before the first one. Only root can read it.
    package func seal() throws(SystemError) -> LedgerSeal? { try files.contents(of: lock).flatMap { LedgerSeal($0) } }

    /// What it says now: by the checkpoint and the lines behind it.
    package func books() throws(SystemError) -> Books {
        guard isLocal else { return try Books(LedgerBytes(try read().bytes), checkpoint: nil) }
        return try Books(LedgerBytes(path), checkpoint: checkpoint)
    }

    package func holds(_ id: String) throws(SystemError) -> Bool {
        guard isLocal else { return try read().holds(id) }
        var isFound = false
        try LedgerBytes(path).eachLine { line, _ in
            // Decoding each line would take as long as everything else.
            if line.holds(id), LedgerEntry(line: line)?.decision.id == id { isFound = true }
        }
        return isFound
    }

    package func write(_ entry: LedgerEntry) throws(Failure) -> LedgerSeal {
        let end: LedgerEnd
        let line: [UInt8]
        var isFollowed = false
        do throws(SystemError) {
            let seal = try seal()
            let bytes = isLocal ? try LedgerBytes(path) : LedgerBytes(try read().bytes)
            end = try LedgerEnd(of: bytes, seal)
            isFollowed = isLocal && Checkpoint.isAtEase(checkpoint, with: bytes)
            var entry = entry
            entry.done = Timestamp.now.description
            guard let next = end.line(for: entry, after: seal) else { throw SystemError("encode", path, code: EINVAL) }
            line = next
        } catch { throw Failure(error) }
        do throws(SystemError) { try files.append(line, to: path, mode: 0o640) } catch {
            // The next line must not follow a torn one, and no line may say that a change was done which is undone now.
            do throws(SystemError) { try files.shorten(path, to: end.size) } catch let second {
                throw Failure(
                    "\(error); then \(second)", .stuck,
                    hint: "check the file system; the next trustctl command finishes or undoes the change")
            }
            throw Failure(error)
        }
        let written = LedgerSeal(number: end.lines + 1, digest: Ledger.digest(of: line.dropLast()))
        seal(written)
        // One that stays behind costs only time: its digests are compared.
        if isFollowed { try? Checkpoint.followed(checkpoint, by: path) }
        if isLocal { known.keep(entry.decision) }
        return written
    }

    package func mend() throws(Failure) -> MendedLine? {
        do throws(SystemError) {
            // Usually no line is torn, and a long ledger takes time to decode.
            if isLocal, case let bytes = try LedgerBytes(path), try !bytes.mayBeTorn { return nil }
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
        for path in [new, FilePath(new.string + "~"), Checkpoint.draft(of: checkpoint)] { try? files.remove(path) }
    }

    /// Makes the checkpoint anew when it is not used, or many lines are behind it. The caller holds the lock. One that cannot be written
    /// costs only time.
    func keepCheckpoint() {
        guard isLocal, let books = try? books(), books.isLong, !books.isTorn else { return }
        try? Checkpoint.write(books, to: checkpoint, group: getgrnam("trustd").map { $0.pointee.gr_gid })
    }

    /// What the ledger says, when all of it is read.
    package struct Examined {
        package let books: Books
        /// What is wrong with its chain.
        package let faults: [String]
        /// Why its checkpoint is unsound; nil when it is sound, or there is none.
        package let checkpointFault: String?

        package init(books: Books, faults: [String] = [], checkpointFault: String? = nil) {
            (self.books, self.faults, self.checkpointFault) = (books, faults, checkpointFault)
        }
    }

    /// Reads the ledger whole, and compares its checkpoint.
    package func examined() throws(SystemError) -> Examined {
        let bytes = try LedgerBytes(path)
        var verification = LedgerVerification()
        var fault: String?
        var known: Checkpoint?
        do throws(Checkpoint.Distrust) { known = try Checkpoint(checkpoint, of: bytes) } catch { fault = error.description }
        // When all lines that the checkpoint sums up are read.
        func compare(_ sum: LedgerSum) {
            do throws(Checkpoint.Distrust) { try known?.compare(with: sum) } catch { fault = error.description }
            known = nil
        }
        let books = try Books(reading: bytes) { place, line, entry, sum in
            if let end = known?.bytes, place >= end { compare(sum) }
            verification.take(line, entry)
        }
        if known != nil { compare(books.sum) }
        return Examined(books: books, faults: verification.faults(isTorn: books.isTorn), checkpointFault: fault)
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
