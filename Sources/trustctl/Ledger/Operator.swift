import Glibc
import SystemPackage
import TrustCore

extension Operator {
    /// The one who runs this process.
    static var current: Operator {
        var login: String?
        var loginUID: UInt32?
        if let text = try? Folder("/proc/self").contents(of: "loginuid", limit: 32),
            let uid = UInt32(String(decoding: text, as: UTF8.self)),
            uid != UInt32.max
        {
            loginUID = uid
            login = getpwuid(uid).map { String(cString: $0.pointee.pw_name) }
        }
        let sudo = getenv("SUDO_USER").map { Printable(String(cString: $0), limit: 64).description }
        return Operator(login: login, loginUID: loginUID, sudoUser: sudo.flatMap { $0.isEmpty ? nil : $0 }, uid: getuid())
    }
}
