package import Certificates
import Host
import SystemPackage
package import TrustCore

/// The client's side of one SMTP session, in plain text or, after `startTLS`, over TLS.
package struct SMTPDialogue {
    private let descriptor: CInt
    private let socket: TimedSocket
    private let whenSlow: (() -> Void)?
    package private(set) var tls: TLSClient?
    /// When the session is given up, by `Clock.monotonic`.
    private var deadline: Duration
    private var unread: [UInt8] = []

    /// A longer line or reply is not SMTP.
    private static let longestLine = 4_096
    private static let mostLines = 200
    /// How long the answer to QUIT is waited for.
    private static let courtesy = Duration.seconds(2)

    /// `whenSlow` is called once for each answer that takes longer than a second.
    package init(over descriptor: CInt, until deadline: Duration, whenSlow: (() -> Void)? = nil) {
        self.whenSlow = whenSlow
        self.descriptor = descriptor
        self.deadline = deadline
        socket = TimedSocket(descriptor, whenSlow: whenSlow)
    }

    /// Sends `command` (nil: waits for the greeting) and returns the answer. Lines that do not begin with a reply code are ignored:
    /// `exim -bh` writes some for people before its greeting.
    package mutating func say(_ command: String? = nil) throws(SMTPError) -> SMTPReply {
        if let command { try write(Array("\(command)\r\n".utf8)) }
        return try reply()
    }

    mutating func reply() throws(SMTPError) -> SMTPReply {
        var lines: [String] = []
        for _ in 0..<Self.mostLines {
            let line = try readLine()
            guard line.count >= 3, let code = Decimal.number(line.prefix(3)), code >= 200 else { continue }
            let mark = line.dropFirst(3).first
            guard mark == nil || mark == UInt8(ascii: " ") || mark == UInt8(ascii: "-") else { continue }
            lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
            if mark != UInt8(ascii: "-") { return SMTPReply(code: code, lines: lines) }
        }
        throw .noReply
    }

    /// Starts TLS, after the server's 220 for STARTTLS, or at once where the port is for TLS only.
    package mutating func startTLS(showing identity: Identity?, onlyTo pin: Fingerprint? = nil, name: String? = nil) throws(SMTPError) {
        // What came before the handshake is not protected, and must not count as a reply after it (CVE-2011-0411).
        unread = []
        do {
            let client = try TLSClient(over: descriptor, showing: identity, onlyTo: pin, name: name, whenSlow: whenSlow)
            try client.connect(until: deadline)
            tls = client
        } catch { throw .tls(error) }
    }

    /// Sends QUIT, waits briefly for the answer, and closes TLS, so that the server logs no lost connection.
    package mutating func leave() {
        deadline = min(deadline, Clock.monotonic + Self.courtesy)
        _ = try? say("QUIT")
        tls?.close(until: deadline)
    }

    func write(_ bytes: [UInt8]) throws(SMTPError) {
        if let tls {
            do { try tls.write(bytes, until: deadline) } catch { throw .tls(error) }
        } else {
            do { try socket.send(bytes, until: deadline) } catch { throw .connection(error) }
        }
    }

    private mutating func readLine() throws(SMTPError) -> [UInt8] {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<end].last == UInt8(ascii: "\r") ? unread[..<(end - 1)] : unread[..<end]
                defer { unread.removeFirst(end + 1) }
                return Array(line)
            }
            guard unread.count <= Self.longestLine else { throw .noReply }
            let bytes: [UInt8]
            if let tls {
                do { bytes = try tls.read(until: deadline) } catch { throw .tls(error) }
            } else {
                do { bytes = try socket.receive(until: deadline) } catch { throw .connection(error) }
            }
            guard !bytes.isEmpty else { throw .ended }
            unread += bytes
        }
    }
}
