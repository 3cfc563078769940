import EximControl
import TrustCore

/// A message's file in Exim's spool, which Exim's user owns and which holds words of strangers.
enum SpoolTarget {
    static func take(_ bytes: [UInt8]) {
        let id = String(decoding: bytes.prefix { $0 != 0x0A }.dropLast(2), as: UTF8.self)
        guard let message = QueuedMessage(id: id, queue: nil, envelope: bytes) else { return }
        demand(message.id == id && message.queue == nil, "a message has the name of its file")
        demand(bytes.starts(with: Array("\(id)-H\n".utf8)), "a message is in its own file")
        // What stands behind the lines with a hyphen says nothing about the message.
        let more = bytes + Array("\n-frozen 1\n--tls_peercert none\nXX\n".utf8)
        demand(QueuedMessage(id: id, queue: nil, envelope: more) == message, "recipients and header are not read")
    }
}
