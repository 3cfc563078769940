import Glibc
import LogLine
import SystemPackage
import TrustCore

/// `trustd --explain`: says in one line what each line of standard input means.
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
                    // A line without its end that is this long is known to be too long.
                    if line.count < LineLength.maximum { line.append(byte) }
                } else if line.count < LineLength.maximum {
                    try write(reader.read(line[...], now: .now))
                    line.removeAll(keepingCapacity: true)
                } else {
                    reader.skip()
                    try write(.nothing("skipped: longer than \(LineLength.maximum) bytes"))
                    line.removeAll(keepingCapacity: true)
                }
            }
        }
        if !line.isEmpty { try write(.nothing("half a line: its end is missing")) }
    }

    private static func write(_ finding: LineReader.Finding) throws(StartFailure) {
        let text = Array("\(finding)\n".utf8)
        var rest = text[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .unsound("\(SystemError("write", "standard output"))") }
            rest = rest.dropFirst(count)
        }
    }
}
