using System.Reflection;
using System.Runtime.InteropServices;

namespace Slipway;

/// <summary>What this binary is.</summary>
internal static class Build
{
    private static readonly string Informational =
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>The version, such as <c>0.1.0</c>.</summary>
    public static string Version => Informational.Split('+')[0];

    /// <summary>The commit it was built from; <c>unknown</c> outside a checkout.</summary>
    public static string Commit => Informational.Split('+') is [_, var commit] ? commit : "unknown";

    /// <summary>The .NET it runs on. .NET 9 left support in November 2026: releases are built with 10.</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>Whether that runtime still gets fixes.</summary>
    public static bool RuntimeIsSupported => Environment.Version.Major >= 10;
}
