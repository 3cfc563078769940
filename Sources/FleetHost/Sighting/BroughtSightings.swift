import Fleet
import FleetCarrier
import Glibc
import Host
import SystemPackage
import TrustCore

/// On a console: what packs have said of what waits on the relays, in root's own folders. Each relay's last word, as far as its room reaches.
struct BroughtSightings {
    private let sightings: FilePath
    private let certificates: FilePath

    /// Bytes of one relay's file: its share of entries, with the first lines of each text.
    private static let mostBytes = MirroredSightings.mostBytes + SightingRecord.mostParts * 1_024
    /// No member's name has a tilde, and no digest.
    private static let draft = "~"

    init(_ folders: CarrierFolders) { (sightings, certificates) = (folders.broughtSightings, folders.broughtCertificates) }

    /// What is here of a relay, and when it came, in nanoseconds. Nil: nothing, or nothing that root has written so.
    func sightings(of member: String) throws(SystemError) -> (sightings: MemberSightings, arrived: Int64)? {
        do throws(SystemError) {
            let folder = try Folder(sightings)
            let bytes = try folder.contents(of: member, limit: Self.mostBytes)
            guard let read = LocalFleet.sightings(in: bytes), read.member == member else { return nil }
            return (read, try folder.modified(member))
        } catch {
            if error.code == EACCES { throw error }
            return nil
        }
    }

    /// Keeps a relay's word in place of the one that is here. Not synced: a lost one comes again with the next pack.
    func keep(_ said: MemberSightings) throws(SystemError) {
        let pack = said.records.flatMap { PackRecord(body: $0.encoded, signature: []).encoded }
        try write([(pack, said.member)], in: sightings)
    }

    /// The certificate of that name, in DER form. Nobody has looked whether it is one; its digest is the name.
    func certificate(_ fingerprint: Fingerprint) -> [UInt8]? {
        do throws(SystemError) {
            let der = try Folder(certificates).contents(of: fingerprint.description, limit: CertificateRecord.maximumSize)
            return der.isEmpty ? nil : der
        } catch { return nil }
    }

    func keep(_ some: [(fingerprint: Fingerprint, der: [UInt8])]) throws(SystemError) {
        try write(some.map { ($0.der, $0.fingerprint.description) }, in: certificates)
    }

    private func write(_ files: [(bytes: [UInt8], name: String)], in path: FilePath) throws(SystemError) {
        guard !files.isEmpty else { return }
        let folder = try Folder.making(path, mode: 0o755)
        // Addresses and names are in it: for members of group trustd, as the queue is.
        let group = Account.group(named: "trustd")
        for file in files {
            try folder.write(file.bytes, to: Self.draft, mode: 0o640, group: group, synchronized: false)
            try folder.rename(Self.draft, to: file.name)
        }
    }

    /// The relays of which something is here.
    var members: [String] { names(sightings) }

    /// Removes what is of no member any more, and the certificates that nobody's file is about.
    func sweep(_ members: [String], about wanted: Set<Fingerprint>) throws(SystemError) {
        let (members, wanted) = (Set(members), Set(wanted.map(\.description)))
        for (path, kept) in [(sightings, members), (certificates, wanted)] {
            let gone = names(path).filter { !kept.contains($0) }
            guard !gone.isEmpty else { continue }
            let folder = try Folder(path)
            for name in gone { try folder.remove(name) }
        }
    }

    private func names(_ path: FilePath) -> [String] { (try? Folder(path).names()) ?? [] }
}
