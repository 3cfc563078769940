import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

@testable import EximControl
@testable import Host

/// A disk in a dictionary that fails its n-th step. With `dying` it fails every later step too: the process has died there.
final class FaultyDisk: FileSystem {
    private(set) var files: [FilePath: [UInt8]]
    private(set) var folders: Set<FilePath> = []
    /// The names of all steps, in order.
    private(set) var calls: [String] = []
    var steps: Int { calls.count }
    private let failing: Int?
    private let dying: Bool
    private let code: CInt
    /// Runs once, right before the step of that name on that path: somebody else at work.
    var meanwhile: (call: String, path: FilePath, action: (FaultyDisk) -> Void)?

    init(_ files: [FilePath: [UInt8]], failing: Int? = nil, dying: Bool = false, code: CInt = EIO) {
        self.files = files
        self.failing = failing
        self.dying = dying
        self.code = code
    }

    /// Writes without counting a step, like an editor.
    func put(_ path: FilePath, _ bytes: [UInt8]) { files[path] = bytes }

    var isDead: Bool { dying && failing.map { steps >= $0 } ?? false }

    private func step(_ call: String, _ path: FilePath) throws(SystemError) {
        if let (name, place, action) = meanwhile, name == call, place == path {
            meanwhile = nil
            action(self)
        }
        calls.append(call)
        if steps == failing || isDead { throw SystemError(call, path, code: code) }
    }

    func contents(of path: FilePath) throws(SystemError) -> [UInt8]? {
        try step("contents", path)
        return files[path]
    }

    func create(_ path: FilePath, _ bytes: [UInt8], like model: FilePath?, access: FileAccess) throws(SystemError) {
        try step("create", path)
        files[path] = bytes
    }

    func exchange(_ one: FilePath, _ other: FilePath) throws(SystemError) {
        try step("exchange", other)
        guard let first = files[one], let second = files[other] else { throw SystemError("exchange", other, code: ENOENT) }
        files[one] = second
        files[other] = first
    }

    func rename(_ path: FilePath, to target: FilePath) throws(SystemError) {
        try step("rename", target)
        guard files[target] == nil else { throw SystemError("rename", target, code: EEXIST) }
        files[target] = files.removeValue(forKey: path)
    }

    func remove(_ path: FilePath) throws(SystemError) {
        try step("remove", path)
        files[path] = nil
    }

    func append(_ bytes: [UInt8], to path: FilePath, mode: UInt32) throws(SystemError) {
        try step("append", path)
        files[path, default: []] += bytes
    }

    func shorten(_ path: FilePath, to size: Int) throws(SystemError) {
        try step("shorten", path)
        files[path] = files[path].map { Array($0.prefix(size)) }
    }

    func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws(SystemError) {
        try step("overwrite", path)
        files[path] = bytes + (files[path] ?? []).dropFirst(bytes.count)
    }

    func synchronize(_ folder: FilePath) throws(SystemError) { try step("synchronize", folder) }

    func makeFolder(_ path: FilePath) throws(SystemError) -> Bool {
        try step("makeFolder", path)
        return folders.insert(path).inserted
    }

    func fill(_ folder: FilePath, with names: [String]) throws(SystemError) {
        for name in names where files[folder.appending(name)] == nil {
            try step("fill", folder.appending(name))
            files[folder.appending(name)] = []
        }
        try step("fill", folder)
    }

    func removeFolder(_ path: FilePath) throws(SystemError) {
        try step("removeFolder", path)
        if !files.keys.contains(where: { $0.starts(with: path) }) { folders.remove(path) }
    }

    /// A link is a file whose bytes are `-> target`.
    func names(in folder: FilePath) throws(SystemError) -> [String: String?] {
        try step("names", folder)
        var names: [String: String?] = [:]
        for (path, bytes) in files where path.removingLastComponent() == folder {
            let text = String(decoding: bytes, as: UTF8.self)
            names[path.lastComponent?.string ?? ""] = .some(text.hasPrefix("-> ") ? String(text.dropFirst(3)) : nil)
        }
        return names
    }

    func link(_ path: FilePath, to target: String) throws(SystemError) {
        try step("link", path)
        files[path] = Array("-> \(target)".utf8)
    }
}

/// An Exim that reads the test's disk, and fails its n-th step.
final class ScriptedExim: Exim {
    let disk: FaultyDisk
    let list: FilePath
    /// The list with which the daemon runs; nil if it is dead.
    private(set) var running: [UInt8]?
    private(set) var steps = 0
    private let failing: Int?
    private let way: Failure
    /// A process that has died does nothing more.
    private var isCut: Bool { disk.isDead || way == .weDie && failing.map { steps >= $0 } ?? false }

    enum Failure: CaseIterable {
        /// Exim answers with an error and stays as it was.
        case refuses
        /// Exim is gone after the signal.
        case dies
        /// trustctl is killed here.
        case weDie
    }

    /// A daemon that has read the list, or that runs with the given one.
    init(_ disk: FaultyDisk, list: FilePath, failing: Int? = nil, way: Failure = .refuses, running: [UInt8]?? = nil) {
        self.disk = disk
        self.list = list
        self.failing = failing
        self.way = way
        self.running = running ?? disk.files[list]
    }

    private func step() throws(EximError) {
        steps += 1
        guard steps == failing || isCut else { return }
        if way == .dies { running = nil }
        throw way == .dies ? .died(pid: 1) : .refused("scripted")
    }

    func revokedFolder() throws(EximError) -> FilePath? { nil }

    func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> ListContent? {
        try step()
        // A file can only be bound over an existing file.
        for one in substitutions where disk.files[one.candidate] == nil || disk.files[one.live] == nil {
            throw .notInEffect("\(one.live) is not there")
        }
        return trusted(by: disk.files[substitutions.candidate(for: ResolvedPath(orAsWritten: list)) ?? list])
    }

    func alterations(of fingerprints: Set<Fingerprint>) throws(EximError) -> [HashAlteration] { [] }

    func trusted() throws(EximError) -> ListContent? {
        try step()
        return trusted(by: disk.files[list])
    }

    private func trusted(by bytes: [UInt8]?) -> ListContent? {
        bytes.flatMap { try? ListDefinition(in: $0, file: list) }?.content
    }

    func found(_ names: [Fingerprint], in folder: FilePath) throws(EximError) -> [Bool] {
        try step()
        return names.map { disk.files[folder.appending($0.description)] != nil }
    }

    func daemons() throws(EximError) -> EximDaemons {
        try step()
        return EximDaemons(told: [EximDaemon(pid: 1, arguments: ["exim"])])
    }

    func reload(_ daemons: [EximDaemon], insisting: Bool) throws(EximError) -> Reloading {
        try step()
        running = disk.files[list]
        return Reloading()
    }

    func starter() throws(EximError) -> String? { nil }

    func stillTrusted(by other: UntoldExim, losing lost: Set<Fingerprint>, list: ListContent?) -> Set<Fingerprint>? { [] }

    func waitForSessions(begunBefore moment: Duration) {}

    func revive(_ daemons: [EximDaemon]) throws(EximError) {
        try step()
        running = disk.files[list]
    }
}
