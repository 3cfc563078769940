import Host
import SystemPackage
import TrustCore

/// Root's copies of the last files in the inbox that had nothing for this fleet in them, so that somebody can look.
///
/// The attack: whoever still has such a file open writes on, until root's disk is full. So it is not moved here: what we have read of it is
/// written here, and no more than its beginning.
struct RefusedFiles {
    let path: FilePath

    static let most = 100
    static let mostBytes = 65_536

    /// Keeps the last ones, under numbers that go on; at no moment more than `most`. What cannot be kept is only missing.
    func keep(_ files: [[UInt8]]) throws(SystemError) {
        guard !files.isEmpty else { return }
        let folder = try Folder.making(path, mode: 0o700)
        var numbers = try folder.names().compactMap { Int($0) }.sorted()
        for file in files.suffix(Self.most) {
            let number = (numbers.last ?? 0) + 1
            while numbers.count >= Self.most { try folder.remove("\(numbers.removeFirst())") }
            try folder.write(Array(file.prefix(Self.mostBytes)), to: "\(number)", mode: 0o600, synchronized: false)
            numbers.append(number)
        }
    }
}
