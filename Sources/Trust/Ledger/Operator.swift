import Glibc
import SystemPackage
import TrustCore

/// Who decides, as far as that can be known.
package struct Operator: Codable, Equatable {
    /// The user who logged in: the kernel's loginuid, which su and sudo do not change.
    var login: String?
    var loginUID: UInt32?
    /// What sudo says in the environment. Only a claim: anybody can set the variable.
    var sudoUser: String?
    var uid: UInt32

    private enum CodingKeys: String, CodingKey {
        case login, uid
        case loginUID = "login_uid"
        case sudoUser = "sudo_user"
    }

    /// The name for the trust list, without what is only claimed.
    var name: String { login ?? (uid == 0 ? "root" : "uid \(uid)") }

    /// The name with sudo's claim, marked as such.
    package var described: String {
        guard let sudoUser, sudoUser != login else { return name }
        return "\(name) (sudo says \(sudoUser))"
    }

    /// All that he may be called.
    package var names: [String] { [name, described] + [sudoUser].compactMap { $0 } }

    /// The user who runs this process.
    package static var current: Operator {
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
