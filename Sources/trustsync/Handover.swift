import FleetCarrier
import SystemPackage
import TrustCore

/// What goes to root: gathered, put into the inbox while there is room, and remembered, so that nothing is handed over twice.
struct Handover: ~Copyable {
    /// What waits here for room in the inbox.
    static let maximumBytes = Inbox.packSize
    /// Names that are remembered. More are forgotten all at once, and what root has refused is then handed over again.
    static let maximumNames = 50_000
    /// Between two times that what root has not taken is handed over again: the decision that names its key may have come since then.
    static let retryInterval: Duration = .seconds(30)

    private let inbox: Inbox
    private var queue: [[UInt8]] = []
    private var queuedBytes = 0
    /// What was handed over and root has not accepted, or not yet.
    private var handed: Set<RecordName> = []
    private(set) var sums = Sums()
    private var lastRetry: Duration?
    /// Whether something was left out because there was no room: then the sets have to be compared.
    private(set) var isIncomplete = false
    /// Why nothing can be written.
    private(set) var obstacle: SystemError?

    init(_ inbox: consuming Inbox) { self.inbox = inbox }

    func contains(_ name: RecordName) -> Bool { handed.contains(name) }
    /// Whether root has accepted all that was handed over.
    var isSettled: Bool { handed.isEmpty }

    var isEmpty: Bool { queue.isEmpty }
    var hasRoom: Bool { queuedBytes < Self.maximumBytes }

    /// Whether it goes to root now.
    @discardableResult
    mutating func add(_ record: CarriedRecord) -> Bool {
        guard hasRoom else {
            isIncomplete = true
            return false
        }
        return remember(record.name) && put(record.encoded)
    }

    /// The same for what belongs to no set.
    mutating func addReceipt(_ record: CarriedRecord) { put(record.encoded) }

    @discardableResult
    mutating func add(_ certificate: CertificateRecord) -> Bool { put(certificate.record.encoded) }

    @discardableResult
    private mutating func put(_ bytes: [UInt8]) -> Bool {
        guard hasRoom else { return false }
        queue.append(bytes)
        queuedBytes += bytes.count
        return true
    }

    /// Something was not fetched because there was no room.
    mutating func leftOut() { isIncomplete = true }

    /// Root would refuse it: not to be asked for again.
    mutating func refuse(_ name: RecordName) { remember(name) }

    @discardableResult
    private mutating func remember(_ name: RecordName) -> Bool {
        if handed.count >= Self.maximumNames { forgetAll() }
        guard handed.insert(name).inserted else { return false }
        sums.add(name)
        return true
    }

    private mutating func forgetAll() { (handed, sums) = ([], Sums()) }

    mutating func accepted(_ names: [RecordName]) {
        for name in names where handed.remove(name) != nil { sums.remove(name) }
    }

    /// Whether root has taken all that was handed over, be it accepted or not.
    func isTaken() -> Bool { queue.isEmpty && (try? inbox.waiting()) == 0 }

    /// Forgets what root has refused, if it is time: root knows more keys now than it did. Whether the sets are to be compared.
    mutating func retry(now: Duration) -> Bool {
        guard lastRetry.map({ now - $0 >= Self.retryInterval }) ?? true, isTaken() else { return false }
        lastRetry = now
        forgetAll()
        return true
    }

    /// Writes what is gathered, as far as there is room. Whether there is room again for what was left out.
    mutating func flush() -> Bool {
        do throws(SystemError) {
            var files = queue.isEmpty && !isIncomplete ? 0 : try inbox.waiting()
            while !queue.isEmpty, files < Inbox.maximumFiles {
                var pack: [UInt8] = []
                var taken = 0
                while taken < queue.count, pack.count + queue[taken].count <= Inbox.packSize {
                    pack += queue[taken]
                    taken += 1
                }
                try inbox.put(pack)
                queue.removeFirst(taken)
                queuedBytes -= pack.count
                files += 1
            }
            obstacle = nil
            guard isIncomplete, queue.isEmpty, files < Inbox.maximumFiles else { return false }
            isIncomplete = false
            return true
        } catch {
            obstacle = error
            return false
        }
    }
}
