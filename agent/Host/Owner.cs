using System.Globalization;

namespace Slipway.Hosting;

/// <summary>Whose a file is.</summary>
/// <param name="User">uid.</param>
/// <param name="Group">gid.</param>
internal sealed record Owner(uint User, uint Group)
{
    /// <summary>Reads what <see cref="ToString"/> writes; null for anything else.</summary>
    public static Owner? Parse(string text) =>
        text.Split(':') is [var user, var group] && uint.TryParse(user, CultureInfo.InvariantCulture, out var uid) && uint.TryParse(group, CultureInfo.InvariantCulture, out var gid)
            ? new Owner(uid, gid)
            : null;

    /// <summary>As chown(1) takes it: <c>0:0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{User}:{Group}");
}
