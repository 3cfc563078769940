package import FleetCarrier
package import Host
package import SystemPackage
import TrustCore

extension FleetFile {
    /// The file of that path; nil where there is none.
    package static func read(_ file: FilePath) throws(Failure) -> FleetFile? {
        let bytes: [UInt8]?
        do throws(SystemError) { bytes = try LocalFileSystem(limit: 65_536).contents(of: file) } catch { throw Failure(error) }
        guard let bytes else { return nil }
        do throws(ConfigurationError) { return try FleetFile(parsing: bytes, file: file) } catch {
            throw Failure(error.description, .notSound, hint: "trustctl-fleet(8) lists all keys")
        }
    }
}
