import Glibc
import SystemPackage
import TrustCore

/// `trustd --explain`: what each line of standard input is taken for, in one line each.
enum Explanation {
    static func run() throws(StartFailure) {
        var reader = LineReader()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var line: [UInt8] = []
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unsound("\(SystemError("read", "standard input"))") }
            if count == 0 { break }
            for byte in buffer[..<count] {
                if byte != 0x0A {
                    // One byte too many is enough to know that it is too long.
                    if line.count < Int(LogPosition.maximumLine) { line.append(byte) }
                } else if line.count < Int(LogPosition.maximumLine) {
                    try say(reader.read(line[...], now: .now))
                    line.removeAll(keepingCapacity: true)
                } else {
                    reader.skip()
                    try say(.nothing("skipped: longer than \(LogPosition.maximumLine) bytes"))
                    line.removeAll(keepingCapacity: true)
                }
            }
        }
        if !line.isEmpty { try say(.nothing("half a line: its end is missing")) }
    }

    static func text(for finding: LineReader.Finding) -> String {
        switch finding {
        case .sighting(let sighting):
            var words = ["sighting", "\(sighting.fingerprint)"]
            if let time = sighting.time { words.append("time=\(time)") }
            if let address = sighting.address { words.append("address=\(address)") }
            if let certificate = sighting.certificate.flatMap({ Base64.decode(Array($0.utf8)) }) {
                words.append("certificate=\(certificate.count) bytes")
            }
            return words.joined(separator: " ")
        case .observation(let fingerprint, PendingEntry.Observation()): return "withdrawn \(fingerprint)"
        case .observation(let fingerprint, let observation):
            var words = ["observed", "\(fingerprint)"]
            if let address = observation.address { words.append("address=\(address)") }
            if let helo = observation.helo { words.append("helo=\(Printable(helo))") }
            if let domain = observation.domain { words.append("domain=\(Printable(domain))") }
            return words.joined(separator: " ")
        case .noCertificate: return "refused \(FingerprintError.noCertificate)"
        case .nothing(let reason): return "nothing (\(reason))"
        }
    }

    private static func say(_ finding: LineReader.Finding) throws(StartFailure) {
        let text = Array((text(for: finding) + "\n").utf8)
        var rest = text[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .unsound("\(SystemError("write", "standard output"))") }
            rest = rest.dropFirst(count)
        }
    }
}
