import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host

/// Fingerprints for tests, each with a letter as name.
enum Some {
    static func fingerprint(_ digits: String) throws -> Fingerprint {
        try Fingerprint(exactly: String(repeating: digits, count: 64 / digits.count).utf8)
    }

    static let a = String(repeating: "A1", count: 32)
    static let b = String(repeating: "B2", count: 32)
    static let c = String(repeating: "C3", count: 32)
    static let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
    static let word = "6B9F26466C6D021338352B7F97670E356F5FD4A0D47434CE9622BDFE4CC3E118"
    static let nothing = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
}

/// Runs `body` with a new folder that belongs to root, and removes it.
func inFolder<R>(_ body: (SceneFolder) throws -> R) throws -> R {
    let folder = try newFolder()
    defer { folder.remove() }
    return try body(folder)
}

/// The parent of all scenes is removed with the last scene: another test may remove it between its creation and ours.
private func newFolder() throws -> SceneFolder {
    for _ in 0..<100 {
        do { return try SceneFolder() } catch Errno.noSuchFileOrDirectory { continue }
    }
    return try SceneFolder()
}

extension SceneFolder {
    func write(_ name: String, bytes: [UInt8]) throws {
        try LocalFileSystem().create(FilePath(self(name)), bytes, like: nil, access: .open)
    }

    func bytes(_ name: String) throws -> [UInt8] { try #require(try LocalFileSystem().contents(of: FilePath(self(name)))) }

    func path(_ name: String) -> FilePath { FilePath(self(name)) }
}

/// How the real Exim reads a file.
enum EximsWord: Equatable, CustomStringConvertible {
    /// Exim would not start.
    case refuses
    /// Exim starts, and has no RELAY_FROM_CERTS.
    case knowsNone
    case value(String)

    /// Asks Exim with a main configuration that includes `file`.
    static func about(_ file: [UInt8], in folder: SceneFolder) throws -> EximsWord {
        try folder.write("asked", bytes: file)
        try folder.write(
            "main",
            "log_file_path = \(folder("%slog"))\nspool_directory = \(folder("spool"))\nkeep_environment =\n.include \(folder("asked"))\n")
        let answer = try ProgramRun.run(PrivateExim.binary, ["-C", folder("main"), "-bP", "macro", ListForm.macroName])
        if answer.exitCode == 0, answer.output.hasPrefix("\(ListForm.macroName)=") {
            return .value(String(answer.output.dropFirst(ListForm.macroName.count + 1)).replacing("\n", with: ""))
        }
        let check = try ProgramRun.run(PrivateExim.binary, ["-C", folder("main"), "-bV"])
        return check.exitCode == 0 ? .knowsNone : .refuses
    }

    static func about(_ file: [UInt8]) throws -> EximsWord { try inFolder { try about(file, in: $0) } }

    /// The trusted set, as trustctl reads Exim's answer.
    func fingerprints() throws -> Set<Fingerprint> {
        guard case .value(let value) = self else { throw NothingCame(what: description) }
        return try ListValue(value).content.listed ?? []
    }

    struct NothingCame: Error { let what: String }

    var description: String {
        switch self {
        case .refuses: "exim refuses"
        case .knowsNone: "exim knows no macro"
        case .value(let text): "“\(text)”"
        }
    }
}

/// Reproducible random numbers: the same for the same seed.
struct Seeded: RandomNumberGenerator {
    private var numbers: SplitMix64

    init(_ seed: Int) { numbers = SplitMix64(state: UInt64(bitPattern: Int64(seed))) }

    mutating func next() -> UInt64 { numbers.next() }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &self)] }

    mutating func fingerprint() throws -> Fingerprint {
        try Fingerprint(digest: (0..<32).map { _ in UInt8.random(in: 0...255, using: &self) })
    }
}
