import Glibc
import SystemPackage
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// A folder with all files that trustctl reads; if the script has found one in memory, it is there.
struct FuzzFolder {
    static let shared = FuzzFolder()

    let path: FilePath
    var configuration: Configuration {
        var configuration = Configuration()
        configuration.state = path.appending("state")
        configuration.list = path.appending("list")
        configuration.certificates = path.appending("certs")
        configuration.ledger = path.appending("ledger")
        return configuration
    }

    private init() {
        let parent = getenv("FUZZ_SCENES").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/trustd-fuzz.XXXXXX".utf8CString)
        demand(mkdtemp(&template) != nil, "a folder can be made in \(parent)")
        path = FilePath(platformString: template)
        for name in ["state", "state/pending", "certs", "ledger", "ledger/denied"] { mkdir(path.pushing(FilePath(name)).string, 0o755) }
        // libFuzzer calls _exit(2) when it finds something. Then the script removes the folder.
        atexit { FuzzFolder.shared.remove() }
    }

    func write(_ bytes: [UInt8], to name: String) {
        let file = open(path.pushing(FilePath(name)).string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return }
        defer { close(file) }
        demand(bytes.isEmpty || Glibc.write(file, bytes, bytes.count) == bytes.count, "\(name) can be written")
    }

    /// The register of a scene that has only a list.
    func register(list: String) -> Register {
        write(Array(list.utf8), to: "list")
        return demand("the scene can be read") { try Register(configuration) }
    }

    /// Empties the queue.
    func clear() {
        guard let folder = try? Folder(path.appending("state").appending("pending")), let names = try? folder.names() else { return }
        for name in names { _ = try? folder.remove(name) }
    }

    private func remove() {
        clear()
        for name in ["list", "ledger/ledger"] { unlink(path.pushing(FilePath(name)).string) }
        for name in ["state/pending", "state", "certs", "ledger/denied", "ledger", ""] { rmdir(path.pushing(FilePath(name)).string) }
    }
}
