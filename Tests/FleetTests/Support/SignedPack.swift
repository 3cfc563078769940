import Foundation
import Testing

@testable import Fleet
@testable import FleetCarrier

/// `Fixtures/signatures.pack`, which ssh-keygen(1), openssl(1) and a script wrote: a fleet with keys of all four types.
enum SignedPack {
    static func bytes() throws -> [UInt8] {
        Array(try Data(contentsOf: try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/signatures.pack")))
    }

    static func records() throws -> [PackRecord] {
        var reader = try PackReader(try bytes())
        var records: [PackRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    /// The signature's bytes, without the armour.
    static func blob(_ armoured: [UInt8]) throws -> [UInt8] {
        let lines = String(decoding: armoured, as: UTF8.self).split(separator: "\n").dropFirst().dropLast()
        return Array(try #require(Data(base64Encoded: lines.joined())))
    }
}
