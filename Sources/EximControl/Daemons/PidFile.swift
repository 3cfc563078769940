import Host
import SystemPackage
import TrustCore

/// A pid file of a daemon. It is only a hint: whoever owns its folder can write any number into it.
enum PidFile {
    /// The living process that the file names; nil for a link, a FIFO, a long file, or anything but one number.
    static func process(in path: FilePath) -> Int32? {
        guard let name = path.lastComponent, let folder = try? Folder(path.removingLastComponent()),
            let bytes = try? folder.contents(of: name.string, limit: 64),
            let pid = Decimal.number(String(decoding: bytes, as: UTF8.self).split(separator: "\n").first?.trimmed.utf8 ?? "".utf8[...]),
            pid > 0, pid <= Int(Int32.max), ProcessFacts(pid: Int32(pid)).isAlive
        else { return nil }
        return Int32(pid)
    }
}
