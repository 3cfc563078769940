import Foundation
import Glibc

/// An SMTP session over TLS that stays open: openssl s_client(1), whose input we hold.
package final class HeldSession {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var heard = ""

    /// Ends with `EHLO`'s answer.
    package init(port: Int, from address: String, showing certificate: ClientCertificate) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "s_client", "-quiet", "-crlf", "-connect", "127.0.0.1:\(port)", "-bind", "\(address):0", "-starttls", "smtp", "-cert",
            certificate.certificate, "-key", certificate.key,
        ]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try answers("250 ", to: "EHLO client.example")
    }

    /// Says `line`; throws when no answer comes that holds `code`.
    package func answers(_ code: String, to line: String) throws {
        heard = ""
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        try waitUntil("\(code) behind “\(line)”; heard: \(heard)") {
            hear()
            return heard.contains(code)
        }
    }

    /// What the server said last, once it has closed.
    package func lastWords() throws -> String {
        try waitUntil("the server closes; heard: \(heard)") {
            hear()
            return !process.isRunning
        }
        hear()
        return heard
    }

    package var isOpen: Bool { process.isRunning }

    private func hear() {
        var waiting = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 10) > 0 {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return }
            heard += String(decoding: data, as: UTF8.self)
        }
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
