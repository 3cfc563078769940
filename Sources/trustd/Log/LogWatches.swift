import Glibc

/// Keeps the watch on what the logs are now: their folders, which may come and go, and the files that are open.
struct LogWatches: ~Copyable {
    private let watch = LogWatch()
    private let names: [LogNames]
    private var files: [FileIdentity?]
    private var handles: [CInt]
    private var looked: Int64?

    init(_ names: [LogNames]) {
        self.names = names
        files = names.map { _ in nil }
        handles = names.map { _ in -1 }
    }

    mutating func refresh(_ followers: [Follower], now: Int64) {
        if looked.map({ now - $0 >= Pace.look }) ?? true {
            looked = now
            for name in names { watch.watch(folder: name.folder) }
        }
        for (index, follower) in followers.enumerated() where follower.file?.identity != files[index] {
            watch.forget(handles[index])
            files[index] = follower.file?.identity
            handles[index] = follower.file.map { watch.watch(file: $0) } ?? -1
        }
    }

    func wait(milliseconds: Int32) { watch.wait(milliseconds: milliseconds) }
}
