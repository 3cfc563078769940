package import Glibc
import SystemPackage

/// The processes of a scene, found by something that only they have: the scene's folder in their command line, or its mount namespace.
package enum SceneProcesses {
    /// Those whose command line names something below `folder`.
    package static func naming(_ folder: SceneFolder) -> [pid_t] {
        all.filter { commandLine(of: $0).contains { $0.contains(folder.path.string) } }
    }

    /// Those in the mount namespace `namespace` (`mnt:[…]`).
    package static func inside(_ namespace: String) -> [pid_t] { all.filter { mountNamespace(of: $0) == namespace } }

    /// The processes that `parent` has started and not waited for.
    package static func children(of parent: pid_t) -> [pid_t] {
        all.filter { ((try? File.read("/proc/\($0)/status")) ?? "").contains("\nPPid:\t\(parent)\n") }
    }

    package static func commandLine(of pid: pid_t) -> [String] {
        ((try? File.read("/proc/\(pid)/cmdline")) ?? "").split(separator: "\0").map(String.init)
    }

    package static func mountNamespace(of pid: pid_t) -> String? { target(of: "/proc/\(pid)/ns/mnt") }

    package static func program(of pid: pid_t) -> String? { target(of: "/proc/\(pid)/exe") }

    /// Kills every process that `search` finds, by its id, until it finds none.
    package static func end(_ search: () -> [pid_t]) {
        try? waitUntil("the scene's processes end") {
            let found = search()
            for pid in found { kill(pid, SIGKILL) }
            return found.isEmpty
        }
    }

    private static var all: [pid_t] { File.names(in: "/proc").compactMap(pid_t.init).filter { $0 != getpid() && !isZombie($0) } }

    private static func isZombie(_ pid: pid_t) -> Bool { commandLine(of: pid).isEmpty }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink(link, &buffer, buffer.count - 1)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
