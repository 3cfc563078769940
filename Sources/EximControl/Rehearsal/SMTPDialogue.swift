package import Certificates
package import Host
import SystemPackage
package import TrustCore

/// A server's answer to one command.
package struct SMTPReply: Equatable {
    package let code: Int
    /// The texts behind the code, one a line.
    package let lines: [String]

    /// `550 relay not permitted`, safe to print.
    package var words: String { "\(code) \(Printable(lines.joined(separator: " "), limit: 300))".trimmed.description }
    package var isPositive: Bool { (200..<300).contains(code) }
    /// 4yz: the server could not decide now.
    package var isTemporary: Bool { (400..<500).contains(code) }
}

/// The client's side of one SMTP session, in plain text or, after `startTLS`, over TLS.
package struct SMTPDialogue {
    private let descriptor: CInt
    private let socket: TimedSocket
    package private(set) var tls: TLSClient?
    /// By `Clock.monotonic`: when the session is given up.
    private var deadline: Duration
    private var unread: [UInt8] = []

    /// A line and a reply that are longer are no SMTP.
    private static let longestLine = 4_096
    private static let mostLines = 200
    /// How long the answer to QUIT is waited for.
    private static let courtesy = Duration.seconds(2)

    package init(over descriptor: CInt, until deadline: Duration) {
        self.descriptor = descriptor
        self.deadline = deadline
        socket = TimedSocket(descriptor)
    }

    /// Says `command` (nothing: waits for the greeting) and gives the answer. Lines that do not begin with a reply code are passed over:
    /// `exim -bh` writes some for people before its greeting.
    package mutating func say(_ command: String? = nil) throws(SMTPError) -> SMTPReply {
        if let command { try write(Array("\(command)\r\n".utf8)) }
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

    /// Begins TLS, after the server's 220 for STARTTLS, or at once where the port is for TLS alone.
    package mutating func startTLS(showing identity: Identity?, onlyTo pin: Fingerprint? = nil, name: String? = nil) throws(SMTPError) {
        // What came before the handshake is not protected, and must not be taken for what comes after (CVE-2011-0411).
        unread = []
        do {
            let client = try TLSClient(over: descriptor, showing: identity, onlyTo: pin, name: name)
            try client.connect(until: deadline)
            tls = client
        } catch { throw .tls(error) }
    }

    /// Says QUIT, waits no longer than a moment for the answer, and closes TLS: whatever has happened, the other side need not guess.
    package mutating func leave() {
        deadline = min(deadline, Clock.monotonic + Self.courtesy)
        _ = try? say("QUIT")
        tls?.close(until: deadline)
    }

    private func write(_ bytes: [UInt8]) throws(SMTPError) {
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

/// Why a session ended before its time.
package enum SMTPError: Error, Equatable, CustomStringConvertible {
    case tls(TLSError)
    case connection(TimedSocketError)
    /// What the server says is no SMTP.
    case noReply
    case ended

    package var description: String {
        switch self {
        case .tls(let error): error.description
        case .connection(let error): error.description
        case .noReply: "what came is no SMTP reply"
        case .ended: "the other side ended the connection"
        }
    }
}
