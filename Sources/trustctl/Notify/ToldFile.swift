import Glibc
import Host
import SystemPackage
import TrustCore

/// Where `Told` is kept: a file in a folder that only the notifier's user and root may write.
///
/// A mail and this file cannot change in one step. The next version is on the disk before the mail is handed over, and gets its name after
/// Exim has taken the mail. Whoever dies before that leaves the old version: then the news are told again, with the same Message-ID, and
/// never lost.
struct ToldFile: ~Copyable {
    static let name = "told"
    private static let draft = ".told.new"
    /// A queue of 100,000, and as many that end.
    private static let maximumSize = 64 << 20

    private let folder: Folder

    private init(_ folder: consuming Folder) { self.folder = folder }

    /// Opens the folder, and makes it when this is root. Throws when another one is at work.
    static func opened(in path: FilePath) throws(Failure) -> ToldFile {
        let file = ToldFile(try folder(path))
        let isFree: Bool
        do throws(SystemError) { isFree = try file.folder.lockWhole() } catch { throw Failure(error) }
        guard isFree else {
            throw Failure("another trustctl notify is at work; it tells what is new", .busy, hint: "repeat the command in a moment")
        }
        return file
    }

    private static func folder(_ path: FilePath) throws(Failure) -> Folder {
        do throws(SystemError) { return geteuid() == 0 ? try Folder.making(path, mode: 0o750) : try Folder(path) } catch {
            guard error.isMissing else { throw Failure(error) }
            throw Failure(
                "\(error): there is no place for what was told", .notSound, hint: "systemctl start trustctl-notify makes it; so does root")
        }
    }

    /// What is kept in the folder; nil when there is nothing. Throws for a file that cannot be read, and for one that we did not write.
    static func read(in path: FilePath) throws(Failure) -> Told? {
        do throws(SystemError) {
            let bytes = try Folder(path).contents(of: name, limit: maximumSize)
            guard let told = Told(decoding: bytes) else { throw SystemError("read", path.appending(name), code: EBADMSG) }
            return told
        } catch {
            if error.isMissing { return nil }
            throw error.code == EBADMSG
                ? Failure("\(path.appending(name)) is not what trustctl wrote", .notSound, hint: "remove it: then everything is told again")
                : Failure(error)
        }
    }

    func read() throws(Failure) -> Told { try Self.read(in: folder.path) ?? Told() }

    /// Writes the next version beside the present one, and returns when it is on the disk.
    ///
    /// The attack: the disk is full, and the same mail goes out every minute, because nobody can remember it. Without this no mail is sent.
    func prepare(_ told: Told) throws(Failure) {
        do throws(SystemError) {
            // By hand root may run it; the timer's user must be able to read what root has kept.
            var status = stat()
            let group: UInt32? = geteuid() == 0 && stat(folder.path.string, &status) == 0 ? status.st_gid : nil
            try folder.write(told.encoded, to: Self.draft, mode: 0o640, group: group)
        } catch { throw Failure(error) }
    }

    /// Makes the prepared version the present one.
    func commit() throws(Failure) {
        do throws(SystemError) {
            try folder.rename(Self.draft, to: Self.name)
            try folder.synchronize()
        } catch { throw Failure(error) }
    }
}
