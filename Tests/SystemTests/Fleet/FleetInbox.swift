import Glibc
import TrustTestSupport

/// The inbox of one relay, and those who fill it.
struct FleetInbox {
    let relay: RelayScene

    init(_ relay: RelayScene) throws {
        self.relay = relay
        try relay.folder.makeFolder("trustsync")
        try relay.folder.makeFolder("trustsync/inbox", mode: 0o1770, owner: .daemon)
    }

    var path: String { relay.folder("trustsync/inbox") }
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// All names in it, hidden ones too.
    var names: [String] { File.names(in: path) }

    /// Root's copies of what was no pack.
    var copies: [String] { File.names(in: relay.folder("ledger/fleet/refused")) }

    /// As rsync(1) does.
    func put(_ bytes: [UInt8], as name: String = "\(UInt64.random(in: 0 ... .max)).pack") throws {
        try File.write(self(".\(name).new"), bytes: bytes)
        chown(self(".\(name).new"), Owner.daemon.uid, Owner.daemon.gid)
        rename(self(".\(name).new"), self(name))
    }

    func put(_ text: String, as name: String) throws { try put(Array(text.utf8), as: name) }

    @discardableResult
    func apply(_ options: String...) throws -> ProgramRun.Outcome {
        try relay.operator.start(["fleet", "apply"] + options).wait()
    }
}

extension FleetScene {
    /// All that one relay has, one record each.
    func records(_ number: Int) throws -> [[UInt8]] {
        let bytes = Array(try File.read(try export(number, "records")).utf8)
        var records: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let sizes = rest[..<end].split(separator: 0x20).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            let next = end + 1 + sizes.reduce(0, +)
            records.append(Array(rest[..<next]))
            rest = rest[next...]
        }
        return records
    }

    func pack(_ number: Int) throws -> [UInt8] { try records(number).flatMap { $0 } }
}
