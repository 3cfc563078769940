import Glibc
import Testing
import TrustTestSupport

/// Each decision is recorded in the machine's log: in the journal with its fields if a journal listens, else in syslog, facility auth.
@Suite("The machine's log")
struct DecisionLogTests {
    private static let stranger = String(repeating: "AB", count: 32)

    /// A datagram socket in place of the journal's or syslogd's.
    private struct Listener: ~Copyable {
        let descriptor: CInt

        init(at path: String) throws {
            descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            try #require(bound == 0)
        }

        deinit { close(descriptor) }

        /// Everything that has arrived.
        func received() -> [String] {
            var records: [String] = []
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while case let count = recv(descriptor, &bytes, bytes.count, 0), count > 0 {
                records.append(String(decoding: bytes[..<count], as: UTF8.self))
            }
            return records
        }
    }

    /// Runs `trustctl deny` in a mount namespace in which `script` has put the test's socket into place.
    private func deny(in folder: SceneFolder, mounting script: String) throws {
        try folder.write("trustd.conf", "state = \(folder("state"))\nledger = \(folder("ledger"))\nlist = \(folder("list"))\n")
        try folder.write("list", "RELAY_FROM_CERTS =\n")
        let command = "set -e; \(script); exec \"$0\" deny \(Self.stranger) --reason 'not \"ours\"' --yes --config \(folder("trustd.conf"))"
        let outcome = try ProgramRun.run(
            "unshare", ["-m", "sh", "-c", command, BuiltPrograms.trustctl], environment: ["SUDO_USER": "mallory\nFINGERPRINT=0"])
        #expect(outcome.exitCode == 0, "\(outcome)")
    }

    @Test("a decision goes to the journal with its fields, and SUDO_USER cannot add a field")
    func journal() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("journal")
        let listener = try Listener(at: folder("journal/socket"))
        try deny(
            in: folder,
            mounting: "mount -t tmpfs none /run; mkdir -p /run/systemd/journal; mount --bind \(folder("journal")) /run/systemd/journal")
        let records = listener.received()
        #expect(records.count == 1)
        let fields = try #require(records.first).split(separator: "\n")
        for expected in ["SYSLOG_FACILITY=4", "SYSLOG_IDENTIFIER=trustctl", "FINGERPRINT=\(Self.stranger)", "ACTION=deny", "OUTCOME=done"] {
            #expect(fields.contains(expected[...]), "\(fields)")
        }
        #expect(!fields.contains("FINGERPRINT=0"))
        #expect(
            fields.contains { $0.hasPrefix("MESSAGE=deny \(Self.stranger) by root (sudo says mallory\\u{A}FINGERPRINT=0)") }, "\(fields)")
    }

    @Test("without a journal, a decision goes to syslog, facility auth")
    func syslog() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("syslog")
        let listener = try Listener(at: folder("syslog/log"))
        try deny(
            in: folder,
            mounting: """
                mount -t tmpfs none /run; mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3; mknod -m 444 /dev/urandom c 1 9
                ln -s \(folder("syslog/log")) /dev/log
                """)
        let records = listener.received()
        #expect(records.count == 1)
        let record = try #require(records.first)
        // 4 * 8 (auth) + 5 (notice)
        #expect(record.hasPrefix("<37>") && record.contains("trustctl["), "\(record)")
        #expect(record.contains("deny \(Self.stranger) by root"), "\(record)")
    }

    @Test("trustd sends a new pending entry to the journal with fields if its stderr is the journal")
    func newEntry() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("journal")
        let listener = try Listener(at: folder("journal/socket"))
        try folder.write("trustd.conf", "log = \(folder("mainlog"))\nstate = \(folder("state"))\nledger = \(folder("ledger"))\n")
        let line =
            "2026-11-22 17:41:59 Attempt to relay from a certificate which has not been explicitly allowed: \(Self.stranger) [192.0.2.1]\n"
        try folder.write("mainlog", line + line)
        let command = """
            set -e; mount -t tmpfs none /run; mkdir -p /run/systemd/journal; mount --bind \(folder("journal")) /run/systemd/journal
            exec 2>\(folder("errors")); export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2)
            exec "$0" --once --config \(folder("trustd.conf"))
            """
        let outcome = try ProgramRun.run("unshare", ["-m", "sh", "-c", command, BuiltPrograms.trustd])
        #expect(outcome.exitCode == 0, "\(outcome)")
        let records = listener.received()
        #expect(records.count == 1, "\(records)")
        let fields = try #require(records.first).split(separator: "\n")
        for expected in ["SYSLOG_FACILITY=3", "SYSLOG_IDENTIFIER=trustd", "FINGERPRINT=\(Self.stranger)", "ADDRESS=192.0.2.1"] {
            #expect(fields.contains(expected[...]), "\(fields)")
        }
        #expect(try !folder.read("errors").contains(Self.stranger))
    }
}
