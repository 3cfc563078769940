import FleetCarrier
import Glibc
import SystemPackage
import TrustCore

/// The names of all records that root has accepted on this host, and where in its file each one is. Only root writes the file, and only
/// at its end; it is read as if anybody did.
struct AcceptedRecords {
    private struct Place {
        let offset: Int
        let size: Int
    }

    private let path: FilePath
    private var places: [[RecordName: Place]] = .init(repeating: [:], count: 256)
    private(set) var sums = Sums()
    private(set) var count = 0
    /// What they say of certificates.
    private(set) var decided = DecidedCertificates()
    /// So many bytes of the file are read.
    private var offset = 0
    private var identity: (UInt64, UInt64) = (0, 0)

    init(_ path: FilePath) { self.path = path }

    func contains(_ name: RecordName) -> Bool { places[name.bucket][name] != nil }

    func names(in bucket: Int) -> some Sequence<RecordName> { places[bucket].keys }

    /// Reads what was appended since the last time, and returns its names. A file that was replaced or cut is read anew.
    mutating func refresh() throws(SystemError) -> [RecordName] {
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            let error = SystemError("open", path)
            if error.isMissing {
                forget()
                return []
            }
            throw error
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw SystemError("open", path, code: EINVAL) }
        let now = (UInt64(status.st_dev), UInt64(status.st_ino))
        if now != identity || Int(status.st_size) < offset { forget() }
        identity = now
        var new: [RecordName] = []
        var rest: [UInt8] = []
        // By chunks: the file may have 100 MiB.
        while let chunk = Self.chunk(of: file, at: offset + rest.count) {
            rest += chunk
            var used = 0
            while let (body, signature, end) = PackRecord.sizes(rest[used...]), end + body + signature <= rest.count {
                let middle = end + body
                guard let one = CarriedRecord(body: Array(rest[end..<middle]), signature: Array(rest[middle..<middle + signature])) else {
                    break
                }
                if take(one.name, Place(offset: offset + used, size: middle + signature - used)) {
                    new.append(one.name)
                    decided.take(DecisionSayings(one.body))
                }
                used = middle + signature
            }
            rest.removeFirst(used)
            offset += used
            // The beginning of a record that is being written, or what is none: nobody reads on behind it.
            guard rest.count <= CarriedRecord.maximumSize else { break }
        }
        return new
    }

    private mutating func take(_ name: RecordName, _ place: Place) -> Bool {
        guard places[name.bucket].updateValue(place, forKey: name) == nil else { return false }
        sums.add(name)
        count += 1
        return true
    }

    /// The certificates about which something was read since the last time.
    mutating func newlyDecided() -> [Fingerprint] { decided.newly() }

    private mutating func forget() { self = AcceptedRecords(path) }

    private static func chunk(of file: CInt, at offset: Int) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, initialized in
            repeat { count = pread(file, buffer.baseAddress, buffer.count, off_t(offset)) } while count < 0 && errno == EINTR
            initialized = max(count, 0)
        }
        return count > 0 ? bytes : nil
    }

    /// The record of that name; nil when the file has changed, or cannot be read.
    func record(_ name: RecordName) -> CarriedRecord? {
        guard let place = places[name.bucket][name] else { return nil }
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: place.size)
        guard pread(file, &bytes, place.size, off_t(place.offset)) == place.size, let record = CarriedRecord(decoding: bytes) else {
            return nil
        }
        return record.name == name ? record : nil
    }
}
