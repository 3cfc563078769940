import Certificates
import TrustCore

/// One mail, as its lines. All of it is ASCII: what is not in the text becomes quoted-printable (RFC 2045, 6.7), so no server on its way must
/// know 8BITMIME or SMTPUTF8.
struct Mail {
    let from: MailAddress
    let to: MailAddress
    /// Words of ours and numbers: a stranger's text is in no header.
    let subject: String
    let date: Timestamp
    /// Lines that are safe to print.
    let text: [String]

    /// The header, a blank line and the text.
    var lines: [String] {
        [
            "From: trustd <\(from)>", "To: <\(to)>", "Subject: \(subject)", "Date: \(Self.text(of: date))", "Message-ID: \(id)",
            "In-Reply-To: \(thread)", "References: \(thread)", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=\(isPlain ? "us-ascii" : "utf-8")",
            "Content-Transfer-Encoding: \(isPlain ? "7bit" : "quoted-printable")", "",
        ] + (isPlain ? text : text.flatMap(Self.quotedPrintable))
    }

    /// The same for the same text: one that is sent again after a crash can be known as the same. Another text never has the same, so a server
    /// that drops the second of two drops nothing that was not told.
    var id: String {
        let digest = SHA256.text(of: Array("\(subject)\n\(text.joined(separator: "\n"))".utf8))
        return "<trustd.\(digest.prefix(32))@\(from.domain)>"
    }

    /// What all mails of this host answer: a mail program shows them as one thread.
    private var thread: String { "<trustd.notify@\(from.domain)>" }

    private var isPlain: Bool {
        text.allSatisfy { line in line.utf8.count <= Self.longest && line.utf8.allSatisfy { (0x20...0x7E).contains($0) } }
    }

    /// Lines of ours have 78 (RFC 5322, 2.1.1), but for a path or a reason of the system's; SMTP takes 998.
    private static let longest = 500
    /// RFC 2045, 6.7 (5).
    private static let longestQuoted = 76

    /// `Sat, 28 Nov 2026 20:33:44 +0000` (RFC 5322, 3.3).
    static func text(of moment: Timestamp) -> String {
        let parts = moment.description.split { !$0.isNumber }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        guard parts.count >= 6, let month = Int(parts[1]) else { return moment.description }
        let day = days[Int(moment.seconds / 86_400 % 7)]
        return "\(day), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }

    /// A line in one or more of at most 76 characters.
    static func quotedPrintable(_ line: String) -> [String] {
        let bytes = Array(line.utf8)
        var lines: [String] = []
        var present = ""
        for (index, byte) in bytes.enumerated() {
            let isBlank = byte == UInt8(ascii: " ")
            let isItself = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isBlank && index + 1 < bytes.count
            let next = isItself ? String(Unicode.Scalar(byte)) : "=" + Hex.text([byte])
            if present.utf8.count + next.utf8.count > longestQuoted - 1 {
                lines.append(present + "=")
                present = ""
            }
            present += next
        }
        return lines + [present]
    }
}
