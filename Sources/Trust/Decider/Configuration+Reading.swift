import Glibc
import Host
import SystemPackage
import TrustCore

extension Configuration {
    /// Reads `file`; the defaults where it is missing and may be.
    init(at file: FilePath, mayBeMissing: Bool) throws(Failure) {
        let bytes: [UInt8]
        do throws(SystemError) {
            let path = try ResolvedPath(file)
            guard let found = try LocalFileSystem().contents(of: path.filePath) else { throw SystemError("open", file, code: ENOENT) }
            bytes = found
        } catch {
            guard mayBeMissing, error.isMissing else { throw Failure(error) }
            self.init()
            return
        }
        do { try self.init(parsing: bytes, file: file) } catch {
            throw Failure(error.description, .notSound, hint: "trustd.conf(5) lists all keys")
        }
    }
}
