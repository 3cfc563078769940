import Glibc

/// A model of a disk that keeps only what was synced: a file's bytes as of its last fsync, a folder's names as of its last fsync. Later
/// changes may survive or not, independently for each folder and each file.
///
/// This is harsher than any real file system: ext4 and XFS write all names in order, and a file's name together with its bytes.
package struct UnsyncedDisk: Sendable {
    private var nodes: [Node] = [.folder(Names())]
    private let folder: SceneFolder
    private let parts: [String]
    /// Files whose fsync was asked for with others' (io_submit); how many of these have ended.
    private var submitted: [Int] = []
    private var ended = 0
    private var attributes: [String: (mode: mode_t, uid: uid_t, gid: gid_t)] = [:]

    private enum Node {
        case file(Bytes)
        case link(String)
        case folder(Names)
    }

    private struct Bytes {
        var now: [UInt8] = []
        var synced: [UInt8] = []
    }

    private struct Names {
        var now: [String: Int] = [:]
        var synced: [String: Int] = [:]
        /// Changes since the last fsync, in order; nil: the name was removed.
        var pending: [[(name: String, node: Int?)]] = []
    }

    /// How much of the unsynced changes survives.
    package enum Survival: Sendable {
        case nothing
        /// All names, no bytes: the empty files that people find after a crash.
        case names
        /// Of each folder the first few changes; of each file the old bytes, the new ones, or a part of them, possibly followed by zeros.
        case some(Randomness)
    }

    /// Reads these parts of the scene as they are now, all of it synced: folders, and files that may be created later.
    package init(of folder: SceneFolder, _ parts: [String]) throws {
        self.folder = folder
        self.parts = parts
        for part in parts where File.exists(folder(part)) { try read(folder(part), named: part, in: 0) }
        synchronizeAll()
    }

    private mutating func read(_ path: String, named name: String, in parent: Int) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw NothingCame(description: "no \(path)") }
        attributes[path] = (status.st_mode & 0o7777, status.st_uid, status.st_gid)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            let node = add(.folder(Names()), named: name, in: parent)
            for name in File.names(in: path) { try read("\(path)/\(name)", named: name, in: node) }
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path, &target, target.count)
            add(.link(String(decoding: target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)), named: name, in: parent)
        default: add(.file(Bytes(now: Array(try File.read(path).utf8))), named: name, in: parent)
        }
    }

    @discardableResult
    private mutating func add(_ node: Node, named name: String, in parent: Int) -> Int {
        nodes.append(node)
        change([(name, nodes.count - 1)], in: parent)
        return nodes.count - 1
    }

    private mutating func change(_ step: [(name: String, node: Int?)], in parent: Int) {
        guard case .folder(var names) = nodes[parent] else { return }
        for (name, node) in step { names.now[name] = node }
        names.pending.append(step)
        nodes[parent] = .folder(names)
    }

    private mutating func synchronizeAll() { for index in nodes.indices { synchronize(index) } }

    private mutating func synchronize(_ index: Int) {
        switch nodes[index] {
        case .file(var bytes):
            bytes.synced = bytes.now
            nodes[index] = .file(bytes)
        case .folder(var names):
            names.synced = names.now
            names.pending = []
            nodes[index] = .folder(names)
        case .link: break
        }
    }

    // MARK: what a program does

    package mutating func apply(_ call: RecordedCall) {
        if call.name == "fsync", call.path == "\(folder.path)" { return synchronize(0) }
        if call.name == "io_getevents", call.result > 0 {
            ended += Int(call.result)
            // Nobody knows which have ended before all have.
            guard ended >= submitted.count else { return }
            for node in submitted { synchronize(node) }
            (submitted, ended) = ([], 0)
            return
        }
        guard call.result >= 0, let (parent, name) = place(of: call.path) else { return }
        let node = node(name, in: parent)
        switch call.name {
        case "open", "openat":
            if node == nil { add(.file(Bytes()), named: name, in: parent) }
        case "write":
            if let node, case .file(var bytes) = nodes[node] {
                bytes.now += call.bytes
                nodes[node] = .file(bytes)
            }
        case "pwrite":
            // The only user of pwrite writes over the beginning.
            if let node, case .file(var bytes) = nodes[node] {
                bytes.now = call.bytes + bytes.now.dropFirst(call.bytes.count)
                nodes[node] = .file(bytes)
            }
        case "ftruncate":
            if let node, case .file(var bytes) = nodes[node] {
                bytes.now = Array(bytes.now.prefix(Int(call.detail)))
                nodes[node] = .file(bytes)
            }
        case "io_submit": if let node { submitted.append(node) }
        case "fsync", "fdatasync": if let node { synchronize(node) }
        case "syncfs": synchronizeAll()
        case "mkdir", "mkdirat": add(.folder(Names()), named: name, in: parent)
        case "symlink", "symlinkat": add(.link(call.second), named: name, in: parent)
        case "unlink", "unlinkat", "rmdir": change([(name, nil)], in: parent)
        case "rename", "renameat", "renameat2":
            // Within one folder: no program here renames otherwise, and the model could not play it.
            guard let (other, target) = place(of: call.second), other == parent else { fatalError("renamed across folders: \(call)") }
            let isExchange = call.name == "renameat2" && call.detail & 2 != 0
            change([(target, node), (name, isExchange ? self.node(target, in: parent) : nil)], in: parent)
        default: break
        }
    }

    private func node(_ name: String, in parent: Int) -> Int? {
        if case .folder(let names) = nodes[parent] { names.now[name] } else { nil }
    }

    /// The folder that holds the path, and its last component; nil if it is elsewhere.
    private func place(of path: String) -> (Int, String)? {
        let root = "\(folder.path)/"
        guard path.hasPrefix(root) else { return nil }
        var steps = path.dropFirst(root.count).split(separator: "/").map(String.init)
        guard let last = steps.popLast() else { return nil }
        var parent = 0
        for step in steps {
            guard let next = node(step, in: parent), case .folder = nodes[next] else { return nil }
            parent = next
        }
        return steps.isEmpty && !parts.contains(last) ? nil : (parent, last)
    }

    // MARK: the power fails

    /// What is on the disk afterwards: each path with a file's bytes, `-> target` for a link, nil for a folder.
    package func remains(_ survival: Survival) -> [String: [UInt8]?] {
        var random: Randomness? = if case .some(let random) = survival { random } else { nil }
        var found: [String: [UInt8]?] = [:]
        var open: [(path: String, node: Int)] = [("\(folder.path)", 0)]
        while let (path, index) = open.popLast() {
            switch nodes[index] {
            case .file(let bytes): found[path] = Self.remains(of: bytes, &random)
            case .link(let target): found[path] = Array("-> \(target)".utf8)
            case .folder(let names):
                if index != 0 { found[path] = .some(nil) }
                var count = random?.draw(0...names.pending.count) ?? 0
                if case .names = survival { count = names.pending.count }
                var here = names.synced
                for step in names.pending.prefix(count) { for (name, node) in step { here[name] = node } }
                // In a reproducible order.
                for (name, node) in here.sorted(by: { $0.key < $1.key }) { open.append(("\(path)/\(name)", node)) }
            }
        }
        return found
    }

    private static func remains(of bytes: Bytes, _ random: inout Randomness?) -> [UInt8] {
        guard bytes.now != bytes.synced, let way = random?.draw(0...3) else { return bytes.synced }
        if way == 0 { return bytes.synced }
        if way == 1 { return bytes.now }
        let kept = Array(bytes.now.prefix(random?.draw(min(bytes.synced.count, bytes.now.count)...bytes.now.count) ?? 0))
        return way == 2 ? kept : kept + [UInt8](repeating: 0, count: bytes.now.count - kept.count)
    }

    /// One way in which the power fails.
    package struct Outcome: Sendable {
        /// When it fails, and what survives.
        package let told: String
        package let remains: [String: [UInt8]?]
    }

    /// Applies the calls, and lets the power fail after each: with nothing unsynced, with all names, and with random parts. Returns each
    /// different outcome once.
    package mutating func outcomes(of calls: [RecordedCall], chances: Int, by random: inout Randomness) -> [Outcome] {
        var seen: Set<[String: [UInt8]?]> = []
        var all: [Outcome] = []
        for (index, call) in calls.enumerated() {
            apply(call)
            for survival in [.nothing, .names] + (0..<chances).map({ _ in Survival.some(Randomness("\(random.next())")) }) {
                let remains = remains(survival)
                guard seen.insert(remains).inserted else { continue }
                all.append(Outcome(told: "after call \(index + 1), \(call), survives: \(survival)\n", remains: remains))
            }
        }
        return all
    }

    /// Writes that state into the scene's folders, in place of everything there.
    package func lay(_ remains: [String: [UInt8]?]) throws {
        for part in parts { try ProgramRun.run("rm", ["-rf", folder(part)]) }
        for (path, bytes) in remains.sorted(by: { $0.key < $1.key }) {
            guard let bytes else {
                mkdir(path, 0o755)
                continue
            }
            if bytes.starts(with: "-> ".utf8) {
                symlink(String(decoding: bytes.dropFirst(3), as: UTF8.self), path)
                continue
            }
            try File.write(path, bytes: bytes)
            let known = attributes[path] ?? (0o644, 0, 0)
            chown(path, known.uid, known.gid)
            chmod(path, known.mode)
        }
    }
}
