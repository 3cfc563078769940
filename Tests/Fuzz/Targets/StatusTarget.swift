import TrustCore

/// trustd's status: written by trustd, or by an attacker who has taken trustd over.
enum StatusTarget {
    static func take(_ bytes: [UInt8]) {
        guard let status = FollowerStatus(decoding: bytes) else { return }
        demand(bytes.count <= FollowerStatus.maximumSize && status.process >= 0, "a status keeps the limits")
        guard status.isAsWritten else { return }
        guard let again = FollowerStatus(decoding: status.encoded()) else {
            return demand(status.encoded().count > FollowerStatus.maximumSize, "a written status can be read")
        }
        demand(again == status, "a written status is read back unchanged")
    }
}

extension FollowerStatus {
    /// Whether trustd could have written it: its texts need no escapes and are not too long.
    fileprivate var isAsWritten: Bool {
        var texts = logs.flatMap { [$0.name, $0.file ?? "", $0.trouble ?? ""] } + [lastError?.text ?? ""]
        texts += refused.keys.map { $0 }
        // If a log has no file, nothing else is said of the file.
        let filesAreWhole = logs.allSatisfy { $0.file != nil || ($0.inode, $0.offset, $0.unread) == (0, 0, 0) }
        return filesAreWhole && texts.allSatisfy { $0.utf8.count <= 400 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x5C } }
    }
}
