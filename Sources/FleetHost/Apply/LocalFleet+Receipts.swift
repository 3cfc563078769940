import Fleet
import FleetCarrier
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// What the members said of themselves, as far as it is here: their receipts, each the last one.
extension LocalFleet {
    var receiptKey: FilePath { folders.own.appending("receipt.key") }
    private var ownReceipt: FilePath { folders.receipt }
    var receipts: FilePath { folders.own.appending("receipts") }

    /// Signs and writes what this relay has now. The caller holds the lock.
    func writeReceipt(_ state: FleetState, _ outcome: Receipt.Outcome) throws(Failure) {
        guard let member = configuration.member, LocalFileSystem().exists(receiptKey) else { return }
        var register = try local.look(recovering: false)
        try register.readAll()
        let trusted = register.fingerprints(.approved)
        guard let held = Receipt.TrustedSet(trusted) else { throw Failure("OpenSSL has no SHA-256", .notSound) }
        let receipt = Receipt(
            fleet: state.fleet, member: member, time: ReceiptTime.now.later(than: self.receipt(of: member, state)?.time),
            heads: Array(state.heads.prefix(8)), decisions: state.accepted.count, waiting: state.waiting.count, trusted: held,
            local: trusted.count { state.fingerprints[Digest($0)] == nil }, outcome: outcome, version: Version.current)
        let body = receipt.encoded
        let signature = try SSHKeygen.sign(body, for: Receipt.namespace, with: receiptKey, agent: nil)
        let record = PackRecord(body: body, signature: signature).encoded
        do throws(SystemError) {
            let out = try Folder(ownReceipt.removingLastComponent())
            try out.write(record, to: "receipt.new", mode: 0o640, group: Account.group(named: "trustd"))
            try out.rename("receipt.new", to: "receipt")
            try out.synchronize()
        } catch { throw Failure(error) }
    }

    var ownReceiptRecord: PackRecord? { record(ownReceipt) }

    /// Keeps those that a member of the fleet has signed, and that are later than what is here of it. `refused`: the numbers of the others that
    /// no member has signed.
    func keepReceipts(_ records: [PackRecord], _ state: FleetState) throws(Failure) -> (new: Int, refused: Set<Int>) {
        var (new, refused) = (0, Set<Int>())
        var last: [String: Receipt] = [:]
        for (number, record) in records.enumerated() {
            guard let receipt = Receipt.signed(record.body, signature: record.signature, in: state) else {
                refused.insert(number)
                continue
            }
            if receipt.member == configuration.member { continue }
            if last[receipt.member] == nil { last[receipt.member] = self.receipt(of: receipt.member, state) }
            // The attack: an old receipt is brought again, and the relay seems to be behind. By the member's own clock, which it has signed.
            if let old = last[receipt.member], old.time >= receipt.time { continue }
            do throws(SystemError) {
                let folder = try Folder.making(receipts, mode: 0o755)
                // No member's name has a tilde or a slash, or begins with a dot.
                try folder.write(record.encoded, to: "\(receipt.member)~", mode: 0o640, group: Account.group(named: "trustd"))
                try folder.rename("\(receipt.member)~", to: receipt.member)
                try folder.synchronize()
            } catch { throw Failure(error) }
            last[receipt.member] = receipt
            new += 1
        }
        return (new, refused)
    }

    /// The last receipt of a member; nil when there is none that it has signed.
    func receipt(of member: String, _ state: FleetState) -> Receipt? {
        record(receiptFile(of: member)).flatMap { Receipt.signed($0.body, signature: $0.signature, in: state) }
    }

    private func receiptFile(of member: String) -> FilePath { member == configuration.member ? ownReceipt : receipts.appending(member) }

    /// The same, with when it came, by this host's clock: a member's own may be wrong.
    func heard(of member: String, _ state: FleetState) -> HeardReceipt? {
        guard let receipt = receipt(of: member, state) else { return nil }
        return HeardReceipt(receipt: receipt, arrived: Timestamp(seconds: (receiptArrived(member) ?? 0) / 1_000_000_000))
    }

    /// When the last receipt of a member was written here, in nanoseconds.
    func receiptArrived(_ member: String) -> Int64? {
        let file = receiptFile(of: member)
        do throws(SystemError) {
            return try Folder(file.removingLastComponent()).modified(file.lastComponent?.string ?? "")
        } catch { return nil }
    }

    /// When the file of all decisions was written last, in nanoseconds.
    package var storeWritten: Int64 {
        do throws(SystemError) {
            return try Folder(store.path.removingLastComponent()).modified(store.path.lastComponent?.string ?? "")
        } catch { return 0 }
    }

    /// A relay of which nothing came since then is silent. Nil where receipts come by hand, when somebody brings them: only a console with a
    /// database hears of all.
    func silentBefore(_ now: Timestamp) -> Timestamp? {
        guard configuration.database.place != nil, configuration.member == nil else { return nil }
        return Timestamp(seconds: now.seconds - Int64(configuration.database.staleAfter))
    }

    private func record(_ path: FilePath) -> PackRecord? {
        guard let bytes = try? LocalFileSystem(limit: 16_384).contents(of: path), var reader = try? PackReader(bytes) else { return nil }
        return (try? reader.next()) ?? nil
    }

    /// This host's own, if it has one, and those that it was brought.
    func receiptRecords() -> [PackRecord] {
        let names = (try? LocalFileSystem().names(in: receipts)) ?? [:]
        let others = names.keys.filter { !$0.hasSuffix("~") }.sorted().map { receipts.appending($0) }
        return ([ownReceipt] + others).compactMap { record($0) }
    }
}

/// A member's last receipt, and when it came here.
struct HeardReceipt {
    let receipt: Receipt
    let arrived: Timestamp
}

extension ReceiptTime {
    /// This host's clock.
    static var now: ReceiptTime {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        return ReceiptTime(Timestamp(seconds: Int64(clock.tv_sec)), milliseconds: Int(clock.tv_nsec / 1_000_000))
    }

    var nanoseconds: Int64 { second.seconds * 1_000_000_000 + Int64(milliseconds) * 1_000_000 }
}
