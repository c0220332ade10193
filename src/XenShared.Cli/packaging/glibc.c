/* Binds log and pow to the versions that every C library since 2.2.5 has. Version 2.29 added new ones, which differ only in errno and would
 * keep the executable from starting on XenServer 8 and XCP-ng 8, whose C library is 2.17. Linked with --wrap=log and --wrap=pow. */
double log_2_2_5(double value);
double pow_2_2_5(double base, double exponent);
double __wrap_log(double value);
double __wrap_pow(double base, double exponent);

__asm__(".symver log_2_2_5, log@GLIBC_2.2.5");
__asm__(".symver pow_2_2_5, pow@GLIBC_2.2.5");

double __wrap_log(double value)
{
    return log_2_2_5(value);
}

double __wrap_pow(double base, double exponent)
{
    return pow_2_2_5(base, exponent);
}
