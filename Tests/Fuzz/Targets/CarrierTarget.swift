import FleetCarrier
import SystemPackage
import TrustCore

@testable import trustsync

/// What trustsync is told by a database, and what others are told by trustsync: notifications, files of the outbox, its status; and
/// `fleet.conf`, which root writes.
enum CarrierTarget {
    static func take(_ bytes: [UInt8]) {
        status(bytes)
        settings(bytes)
        if let record = CarriedRecord(decoding: bytes) {
            demand(record.encoded == bytes, "a file of the outbox is one record")
            check(record)
        }
        guard let payload = String(validating: bytes, as: UTF8.self) else { return }
        switch NotifiedRecord(payload) {
        case .record(let record): check(record)
        case .unsaid: demand(payload.isEmpty, "only an empty notification says nothing")
        case .junk: break
        }
    }

    private static func check(_ record: CarriedRecord) {
        demand(!record.body.isEmpty && !record.signature.isEmpty, "a record has a text and a signature")
        demand(record.encoded.count <= CarriedRecord.maximumSize, "a record keeps the limits")
        demand(record.digest == ContentDigest.of(record.body), "a record is named by its text")
        guard let again = CarriedRecord(decoding: record.encoded) else { return demand(false, "a record reads back") }
        demand(again.digest == record.digest && again.name == record.name, "a record reads back as it was")
    }

    private static func status(_ bytes: [UInt8]) {
        guard let status = CarrierStatus(decoding: bytes) else { return }
        demand(bytes.count <= CarrierStatus.maximumSize && status.process >= 0 && status.outbox >= 0, "a status keeps the limits")
        // What trustsync has written needs no escapes and is not too long.
        let texts = [status.connection?.host ?? "-", status.trouble ?? "-"]
        guard texts.allSatisfy({ (1...300).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x5C } })
        else { return }
        demand(CarrierStatus(decoding: status.encoded) == status, "a written status is read back unchanged")
    }

    private static func settings(_ bytes: [UInt8]) {
        do throws(ConfigurationError) {
            let file = try FleetFile(parsing: bytes, file: "/fleet.conf")
            demand((1...3_600).contains(file.database.poll), "a time is in its range")
            let paths = [file.key, file.database.ca, file.database.certificate, file.database.key].compactMap(\.self)
            demand(paths.allSatisfy { $0.isAbsolute && $0.string.isPlain }, "a path is absolute and one line")
            // FilePath removes a slash after a blank, and then the blank would be at the end of a line, where it cannot be written.
            guard paths.allSatisfy({ $0.string.trimmed == $0.string }) else { return }
            let again = demand("what was read can be written") { try FleetFile(parsing: Array(file.text.utf8), file: "/again") }
            demand(again == file, "what was read and written is the same")
        } catch {
            demand(error.description.isPlain && !error.description.contains("\n"), "a mistake is reported in one plain line")
        }
    }
}
