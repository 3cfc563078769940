import Glibc
import Host
import SystemPackage

/// A folder of root's for files that exist only during an examination. Exim's user can read in it: Exim must see the candidates.
struct Scratch: ~Copyable {
    static let parent: FilePath = "/tmp"
    let path: FilePath

    init?() {
        // The attack: somebody makes the folder before us, or a link in its place. mkdtemp(3) takes only a name that was free, and the sticky
        // bit of /tmp keeps it ours.
        var template = Array("\(Self.parent)/trustctl-doctor.\(String(repeating: "X", count: 6))".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        path = FilePath(platformString: template)
        chmod(path.string, 0o755)
    }

    deinit { FolderTree.remove(path) }
}
