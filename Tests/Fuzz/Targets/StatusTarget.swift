import TrustCore

@testable import trustctl

/// What trustd says of itself, or who has taken trustd over.
enum StatusTarget {
    static func take(_ bytes: [UInt8]) {
        guard let status = FollowerStatus(decoding: bytes) else { return }
        demand(bytes.count <= FollowerStatus.maximumSize && status.process >= 0, "a status has its limits")
        guard status.isAsWritten else { return }
        guard let again = FollowerStatus(decoding: status.encoded()) else {
            return demand(status.encoded().count > FollowerStatus.maximumSize, "what is written can be read")
        }
        demand(again == status, "what is written is read back as it was")
    }
}

extension FollowerStatus {
    /// Whether trustd could have written it: texts that nothing has to be escaped in, and that are not too long.
    fileprivate var isAsWritten: Bool {
        var texts = logs.flatMap { [$0.name, $0.file ?? "", $0.trouble ?? ""] } + [lastError?.text ?? ""]
        texts += refused.keys.map { $0 }
        // Without a file nothing is said of it.
        let filesAreWhole = logs.allSatisfy { $0.file != nil || ($0.inode, $0.offset, $0.unread) == (0, 0, 0) }
        return filesAreWhole && texts.allSatisfy { $0.utf8.count <= 400 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x5C } }
    }
}
