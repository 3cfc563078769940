import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host

@Suite("LocalFileSystem")
struct LocalFileSystemTests {
    private let files = LocalFileSystem()

    @Test("a new file gets the model's owner, mode and attributes, and replaces a leftover") func create() throws {
        try inFolder { folder throws in
            try folder.write("model", "old", mode: 0o2640, owner: .daemon)
            try ProgramRun.run("setfattr", ["-n", "user.note", "-v", "kept", folder("model")])
            try ProgramRun.run("setfattr", ["-n", "user.empty", folder("model")])
            try folder.write("victim", "victim")
            symlink(folder("victim"), folder("new"))
            try files.create(folder.path("new"), Array("text".utf8), like: folder.path("model"), access: .open)
            var status = stat()
            #expect(lstat(folder("new"), &status) == 0)
            #expect(status.st_mode == S_IFREG | 0o2640)
            #expect(status.st_uid == Owner.daemon.uid && status.st_gid == Owner.daemon.gid)
            let attributes = try ProgramRun.run("getfattr", ["--only-values", "-n", "user.note", folder("new")]).output
            #expect(attributes == "kept")
            #expect(try ProgramRun.run("getfattr", [folder("new")]).output.contains("user.empty"))
            #expect(try folder.read("new") == "text")
            #expect(try folder.read("victim") == "victim")
        }
    }

    @Test("without a model a file is root's with the given mode, and a failure leaves no file") func createPlain() throws {
        try inFolder { folder throws in
            try files.create(folder.path("new"), [], like: nil, access: FileAccess(mode: 0o604))
            var status = stat()
            #expect(lstat(folder("new"), &status) == 0 && status.st_mode == S_IFREG | 0o604 && status.st_uid == 0)
            #expect(throws: SystemError.self) { try files.create(folder.path("other"), [1], like: folder.path("none"), access: .open) }
            #expect(!files.exists(folder.path("other")))
            try folder.makeFolder("folder")
            #expect(throws: SystemError.self) { try files.create(folder.path("folder"), [1], like: nil, access: .open) }
        }
    }

    @Test("links, folders, FIFOs and devices cannot be read, and a missing file is nil") func contents() throws {
        try inFolder { folder throws in
            try folder.write("file", "text")
            symlink(folder("file"), folder("link"))
            mkfifo(folder("fifo"), 0o600)
            try folder.makeFolder("folder")
            for name in ["link", "fifo", "folder"] {
                #expect(throws: SystemError.self) { try files.contents(of: folder.path(name)) }
            }
            #expect(throws: SystemError.self) { try files.contents(of: "/dev/zero") }
            #expect(try files.contents(of: folder.path("none")) == nil)
            #expect(try files.contents(of: folder.path("file")) == Array("text".utf8))
            try folder.write("huge", "")
            truncate(folder("huge"), off_t(LocalFileSystem.maximumSize) + 1)
            #expect(throws: SystemError("read", folder.path("huge"), code: EFBIG)) { try files.contents(of: folder.path("huge")) }
            // A file whose size the kernel does not report.
            #expect(try files.contents(of: "/proc/self/status")?.isEmpty == false)
        }
    }

    @Test("exchange swaps two files, rename never replaces, and removing twice is no error") func names() throws {
        try inFolder { folder throws in
            try folder.write("a", "1")
            try folder.write("b", "2")
            try files.exchange(folder.path("a"), folder.path("b"))
            #expect(try folder.read("a") + folder.read("b") == "21")
            #expect(throws: SystemError("rename", folder.path("b"), code: EEXIST)) {
                try files.rename(folder.path("a"), to: folder.path("b"))
            }
            #expect(throws: SystemError("exchange", folder.path("c"), code: ENOENT)) {
                try files.exchange(folder.path("a"), folder.path("c"))
            }
            try files.rename(folder.path("a"), to: folder.path("c"))
            try files.remove(folder.path("c"))
            try files.remove(folder.path("c"))
            #expect(File.names(in: folder.path.string) == ["b"])
            try files.synchronize(folder.path)
            #expect(throws: SystemError.self) { try files.synchronize(folder.path("b")) }
        }
    }

    @Test("append adds to the end of a file, and never follows a link") func append() throws {
        try inFolder { folder throws in
            try files.append([97, 10], to: folder.path("log"), mode: 0o600)
            try files.append([98, 10], to: folder.path("log"), mode: 0o600)
            #expect(try folder.read("log") == "a\nb\n")
            symlink(folder("log"), folder("link"))
            #expect(throws: SystemError("open", folder.path("link"), code: ELOOP)) {
                try files.append([99], to: folder.path("link"), mode: 0o600)
            }
            #expect(throws: SystemError("write", "/dev/full", code: ENOSPC)) { try files.append([99], to: "/dev/full", mode: 0o600) }
        }
    }

    @Test("a full disk leaves no partial file, and a torn line can be cut off") func full() throws {
        try inFolder { folder throws in
            try folder.makeFolder("small")
            let script = "mount -t tmpfs -o size=16k none '\(folder("small"))' && : >'\(folder("held"))' && exec sleep infinity"
            let holder = try ProgramRun(starting: "unshare", ["--mount", "--propagation", "private", "sh", "-c", script])
            defer { _ = try? holder.wait(timeout: .zero) }
            try waitUntil("the small disk is mounted: \(holder.errorsSoFar)") { File.exists(folder("held")) }
            // The small disk's path from outside the namespace.
            let small = FilePath("/proc/\(holder.pid)/root\(folder("small"))")
            let log = small.appending("log")
            try files.append(Array("line\n".utf8), to: log, mode: 0o600)
            let long = [UInt8](repeating: 120, count: 100_000)
            #expect(throws: SystemError("write", log, code: ENOSPC)) { try files.append(long, to: log, mode: 0o600) }
            // Of the line for which there was no room nothing stays; one that a crash has torn is cut off.
            #expect(try files.contents(of: log) == Array("line\n".utf8))
            try files.append(Array("torn".utf8), to: log, mode: 0o600)
            try files.shorten(log, to: 5)
            #expect(try files.contents(of: log) == Array("line\n".utf8))
            #expect(throws: SystemError("write", small.appending("new"), code: ENOSPC)) {
                try files.create(small.appending("new"), long, like: nil, access: .closed)
            }
            #expect(!files.exists(small.appending("new")))
            try files.append(Array("next\n".utf8), to: log, mode: 0o600)
            #expect(try files.contents(of: log) == Array("line\nnext\n".utf8))
        }
    }

    @Test("overwrite changes the beginning of an existing file, and never follows a link") func overwritten() throws {
        try inFolder { folder throws in
            try folder.write("lock", "0123456789", mode: 0o600)
            try files.overwrite(folder.path("lock"), Array("abc".utf8))
            #expect(try folder.read("lock") == "abc3456789")
            symlink("lock", folder("link"))
            #expect(throws: SystemError("open", folder.path("link"), code: ELOOP)) { try files.overwrite(folder.path("link"), [1]) }
            #expect(throws: SystemError("open", folder.path("link"), code: ELOOP)) { try files.shorten(folder.path("link"), to: 1) }
            #expect(throws: SystemError("open", folder.path("none"), code: ENOENT)) { try files.overwrite(folder.path("none"), [1]) }
            #expect(throws: SystemError("open", folder.path("none"), code: ENOENT)) { try files.shorten(folder.path("none"), to: 0) }
        }
    }

    @Test("a folder tree is copied with one file replaced, and removed") func tree() throws {
        try inFolder { folder throws in
            try folder.makeFolder("from")
            try folder.makeFolder("from/sub")
            try folder.write("from/sub/list", "live", mode: 0o640)
            try folder.write("from/exe", "x", mode: 0o755)
            try folder.write("candidate", "candidate")
            symlink("exe", folder("from/link"))
            symlink("nowhere", folder("from/dangling"))
            mkfifo(folder("from/fifo"), 0o600)
            try FolderTree.copy(folder.path("from"), to: folder.path("to")) { path in
                path == folder.path("from/sub/list") ? folder.path("candidate") : path
            }
            #expect(File.names(in: folder("to")) == ["exe", "link", "sub"])
            #expect(try folder.read("to/sub/list") == "candidate")
            #expect(try folder.read("to/link") == "x")
            #expect(access(folder("to/exe"), X_OK) == 0)
            FolderTree.remove(folder.path("to"))
            #expect(!files.exists(folder.path("to")))
            #expect(try folder.read("from/sub/list") == "live")
        }
    }
}
