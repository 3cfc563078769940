import CZlib
import Glibc
import SystemPackage
import TrustCore

/// A rotated log that gzip has compressed, read decompressed. A stream has one place at a time, whoever holds it: so a class.
///
/// Going forward is cheap and going back starts from the beginning. The last bytes that were read are therefore kept, because the line that
/// a chunk cuts is read again.
final class GzipStream {
    private let handle: gzFile
    private let path: FilePath
    private var place: Int64 = 0
    /// The bytes before `place`.
    private var latest: [UInt8] = []
    /// Where the data ends; nil until it was read up to there.
    private(set) var end: Int64?

    /// More than the longest line.
    private static let kept = LineLength.maximum * 2

    /// Takes the descriptor over, and closes it when it fails.
    init(_ descriptor: CInt, path: FilePath) throws(SystemError) {
        self.path = path
        guard let handle = gzdopen(descriptor, "rb") else {
            Glibc.close(descriptor)
            throw SystemError("decompress", path, code: ENOMEM)
        }
        self.handle = handle
    }

    deinit { gzclose(handle) }

    /// Reads into `buffer` from `offset` on; fewer bytes only at the end.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        var count = 0
        if offset < place, offset >= place - Int64(latest.count) {
            let known = latest.suffix(Int(place - offset)).prefix(buffer.count)
            buffer.copyBytes(from: known)
            count = known.count
        } else if offset != place {
            guard gzseek(handle, Int(offset), SEEK_SET) == Int(offset) else { throw failure() }
            (place, latest) = (offset, [])
        }
        guard offset + Int64(count) == place else { return count }
        while count < buffer.count {
            let part = gzread(handle, buffer.baseAddress.map { $0 + count }, UInt32(buffer.count - count))
            guard part >= 0 else {
                guard !isDamaged else { break }
                throw failure()
            }
            if part == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[count..<count + Int(part)])
            latest = Array((latest.suffix(Self.kept) + bytes.suffix(Self.kept)).suffix(Self.kept))
            place += Int64(part)
            count += Int(part)
        }
        if count < buffer.count { end = offset + Int64(count) }
        return count
    }

    /// Whether the file is damaged or truncated: it then ends where it cannot be read any further.
    var isDamaged: Bool {
        let code = state
        return code == Z_DATA_ERROR || code == Z_BUF_ERROR
    }

    private var state: CInt {
        var code: CInt = 0
        gzerror(handle, &code)
        return code
    }

    private func failure() -> SystemError {
        let code = state
        return SystemError("decompress", path, code: code == Z_ERRNO ? errno : code == Z_MEM_ERROR ? ENOMEM : EBADMSG)
    }
}
