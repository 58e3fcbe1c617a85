// SPDX-License-Identifier: Apache-2.0
// A stoneware vase with a reactive teal glaze and two eucalyptus stems.

#version 3.7;
#declare Key_Power = 0.84;
#include "studio.inc"

Softbox(<-18, 20, -14>, <0, 5, 0>, 13, 24, <1, 0.97, 0.93>, Key_Power, 3.0)
Softbox(<24, 16, -8>, <0, 5, 0>, 7, 30, <0.93, 0.96, 1>, 0.12, 1.3)

camera {
  location <1.5, 10.6, -33>
  look_at <0.1, 7.55, 0>
  right x up y
  angle 31
  Depth(0.55, <0, 5, -2.6>)
}

// ---- the vase ---------------------------------------------------------------

#declare Bare =
  texture {
    pigment {
      granite scale 0.35
      color_map {
        [0.00 srgb <0.45, 0.33, 0.25>]
        [0.22 srgb <0.72, 0.58, 0.46>]
        [1.00 srgb <0.80, 0.67, 0.55>]
      }
    }
    normal { granite 0.12 scale 0.25 }
    finish { diffuse 0.75 specular 0.05 roughness 0.15 }
  }

#declare Gloss =
  finish {
    diffuse 0.72 specular 0.1 roughness 0.004
    reflection { 0.05, 0.75 fresnel on } conserve_energy
  }

#macro Glaze(Dark, Mid, Light)
  texture {
    pigment {
      granite turbulence 0.25 scale <2.2, 5.5, 2.2>
      color_map { [0.10 srgb Dark] [0.40 srgb Mid] [0.66 srgb Light] [0.80 srgb Mid] }
    }
    normal {
      average
      normal_map {
        [1 gradient y 0.05 sine_wave scale 0.55 turbulence 0.04]
        [1 bumps 0.06 scale 0.5]
      }
    }
    finish { Gloss }
  }
#end

#declare Rim = Glaze(<0.48, 0.36, 0.24>, <0.56, 0.47, 0.34>, <0.40, 0.50, 0.46>)
#declare High = Glaze(<0.20, 0.42, 0.45>, <0.33, 0.56, 0.56>, <0.55, 0.70, 0.65>)
#declare Deep = Glaze(<0.02, 0.17, 0.23>, <0.05, 0.28, 0.34>, <0.12, 0.40, 0.44>)

#declare Vase =
  object {
    Revolve(array[32] {
      <0, 0.02>, <0.6, 0.02>, <1.2, 0.0>, <1.55, 0>,
      <1.55, 0>, <1.75, 0>, <1.8, 0.12>, <1.9, 0.4>,
      <1.9, 0.4>, <2.3, 1.5>, <3.25, 2.6>, <3.25, 4.3>,
      <3.25, 4.3>, <3.25, 6.5>, <1.15, 6.9>, <1.05, 8.3>,
      <1.05, 8.3>, <1.0, 9.0>, <1.25, 9.45>, <1.55, 9.75>,
      <1.55, 9.75>, <1.66, 9.87>, <1.5, 9.99>, <1.4, 9.88>,
      <1.4, 9.88>, <1.1, 9.5>, <0.85, 9.0>, <0.88, 8.3>,
      <0.88, 8.3>, <1.0, 6.7>, <3.0, 6.3>, <3.0, 4.3>
    }, 24, 96)
    texture {
      gradient y
      texture_map {
        [0.000 Bare]
        [0.118 Bare]
        [0.121 Deep]
        [0.42 Deep]
        [0.74 High]
        [0.955 High]
        [0.985 Rim]
        [1.000 Rim]
      }
      turbulence 0.0
      scale 10.2
      warp { turbulence <0.12, 0.35, 0.12> octaves 3 lambda 2.2 omega 0.4 }
    }
  }

object { Vase }

// ---- eucalyptus -------------------------------------------------------------

#declare Rnd = seed(41);

#macro Leaf(Size, Shade)
  // A shallow round leaf in the xz-plane, attached at the origin, pointing along +z.
  intersection {
    difference {
      sphere { <0, 0, 0>, 2 }
      sphere { <0, 0, 0>, 1.985 }
    }
    cylinder { <0, -3, 0>, <0, 0, 0>, 0.62 scale <0.86, 1, 1> }
    translate <0, 1.99, 0.62>
    scale Size
    texture {
      pigment {
        gradient x
        pigment_map {
          [0.0 srgb Shade]
          [0.485 srgb Shade * 1.08]
          [0.493 srgb Shade * 1.35]
          [0.507 srgb Shade * 1.35]
          [0.515 srgb Shade * 1.08]
          [1.0 srgb Shade]
        }
        scale 2 translate -x scale Size
      }
      normal { bumps 0.15 scale 0.2 }
      finish { diffuse 0.62, 0.22 specular 0.14 roughness 0.06 }
    }
  }
#end

#macro Stem(P0, P1, P2, P3, Pairs, Start, Size0, Size1)
  #local Curve = function(A, B, C, D, T) {
    A*(1-T)*(1-T)*(1-T) + 3*B*T*(1-T)*(1-T) + 3*C*T*T*(1-T) + D*T*T*T }
  #macro At(T)
    <Curve(P0.x, P1.x, P2.x, P3.x, T), Curve(P0.y, P1.y, P2.y, P3.y, T), Curve(P0.z, P1.z, P2.z, P3.z, T)>
  #end
  #local Way = array[41];
  #for (I, 0, 40) #local Way[I] = At(I/40); #end
  union {
    Tube(Way, 0.085, 0.03)
    pigment { srgb <0.45, 0.36, 0.27> }
    finish { diffuse 0.7 specular 0.1 roughness 0.05 }
  }
  #for (I, 0, Pairs - 1)
    #local T = Start + (0.985 - Start)*I/(Pairs - 1);
    #local Here = At(T);
    #local Dir = vnormalize(At(T + 0.01) - At(T - 0.01));
    #local Yaw = 90*I + 30*rand(Rnd);
    #for (K, 0, 1)
      #local Size = (Size0 + (Size1 - Size0)*I/(Pairs - 1))*(0.9 + 0.2*rand(Rnd));
      #local G = rand(Rnd);
      #local Shade = <0.42 + 0.10*G, 0.53 + 0.07*G, 0.46 + 0.06*G>;
      object {
        Leaf(Size, Shade)
        rotate z*(30*rand(Rnd) - 15)
        rotate -x*(32 + 26*rand(Rnd) + 16*I/Pairs)
        translate z*0.05
        rotate y*(Yaw + 180*K + 24*rand(Rnd))
        #local Side = vnormalize(vcross(Dir, z));
        #local Ahead = vcross(Side, Dir);
        matrix <Side.x, Side.y, Side.z, Dir.x, Dir.y, Dir.z, Ahead.x, Ahead.y, Ahead.z, Here.x, Here.y, Here.z>
      }
    #end
  #end
#end

Stem(<0.6, 3, 0.2>, <-0.5, 8.5, 0>, <-0.6, 12.2, -0.4>, <-3.1, 15.2, -0.8>, 12, 0.56, 1.25, 0.45)
Stem(<-0.6, 3, 0>, <0.5, 8.5, 0.1>, <1.0, 11.2, 0.6>, <4.3, 13.2, 0.4>, 10, 0.60, 1.15, 0.45)
Stem(<-0.1, 3, -0.5>, <0.1, 8.5, 0.3>, <0.1, 10.6, 0.9>, <0.9, 14.6, 1.8>, 9, 0.58, 1.1, 0.45)
